import test from 'ava'
import fc from 'fast-check'
import * as p from '../../../protocol/index.js'

/** Writes a value and reads it again; the bytes are shifted, to catch codecs that ignore the window. */
function roundTrip<Out, In>(codec: p.Codec<Out, In>, value: In, parent: p.Parent = {}): Out {
  const out = new p.Writer(1)
  codec.encode(out, value, parent)
  const shifted = new Uint8Array(out.at + 7).fill(0xee)
  shifted.set(out.written(), 3)
  return codec.decode(p.viewOf(shifted), 3, out.at, parent)
}

function encoded(codec: p.AnyCodec, value: unknown): string {
  const out = new p.Writer()
  codec.encode(out, value as never, {})
  return Buffer.from(out.written()).toString('hex')
}

const INTEGERS = {
  u8: p.u8,
  s8: p.s8,
  u16: p.u16,
  s16: p.s16,
  u32: p.u32,
  s32: p.s32,
  be16: p.be16,
  sbe16: p.sbe16,
  be32: p.be32,
  sbe32: p.sbe32,
}

for (const [name, codec] of Object.entries(INTEGERS)) {
  test(`${name}: round-trips each value of its range`, (t) => {
    fc.assert(fc.property(fc.integer({ min: codec.min, max: codec.max }), (n) => roundTrip(codec, n) === n))
    t.is(roundTrip(codec, codec.min), codec.min)
    t.is(roundTrip(codec, codec.max), codec.max)
  })

  test(`${name}: refuses all other values`, (t) => {
    for (const wrong of [
      codec.min - 1,
      codec.max + 1,
      1.5,
      Number.NaN,
      '1' as never,
      null as never,
      1n as never,
    ]) {
      const error = t.throws(() => encoded(codec, wrong), { instanceOf: p.EncodeError })
      t.is(error?.value, wrong)
      t.regex(error?.message ?? '', new RegExp(`${codec.min} to ${codec.max}`))
    }
  })
}

test('64-bit integers are bigints, in both byte orders', (t) => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      (n) => roundTrip(p.u64, n) === n && roundTrip(p.be64, n) === n,
    ),
  )
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      (n) => roundTrip(p.s64, n) === n && roundTrip(p.sbe64, n) === n,
    ),
  )
  t.is(encoded(p.u64, 1n), '0100000000000000')
  t.is(encoded(p.be64, 1n), '0000000000000001')
  for (const wrong of [-1n, 2n ** 64n, 5])
    t.throws(() => encoded(p.u64, wrong), { instanceOf: p.EncodeError })
})

test('uint takes four bytes if they suffice, else eight', (t) => {
  t.is(encoded(p.uint, 5n), '05000000')
  t.is(encoded(p.uint, 2n ** 32n), '0000000001000000')
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (n) => roundTrip(p.uint, n) === n))
})

test('the two byte orders differ on the wire', (t) => {
  t.is(encoded(p.u16, 0x1234), '3412')
  t.is(encoded(p.be16, 0x1234), '1234')
  t.is(encoded(p.u32, 0x12345678), '78563412')
  t.is(encoded(p.be32, 0x12345678), '12345678')
})

test('NLA_F_NET_BYTEORDER selects network order', (t) => {
  const set = p.attributes({ port: [1, p.u16] })
  const bytes = Buffer.from('0600014012340000', 'hex')
  t.deepEqual(set.decode(p.viewOf(bytes), 0, bytes.length, {}), { port: 0x1234 })
})

test('text: round-trips UTF-8 up to the limit', (t) => {
  const codec = p.text({ max: 15 })
  const fits = fc.string({ unit: 'grapheme' }).filter((s) => Buffer.byteLength(s) <= 15 && !s.includes('\0'))
  fc.assert(fc.property(fits, (s) => roundTrip(codec, s) === s))
  t.is(encoded(codec, 'lo'), '6c6f00')
  t.is(encoded(p.text({ max: 15, terminated: false }), 'lo'), '6c6f')
})

test('text: the limit counts bytes, not characters, and NUL is refused', (t) => {
  const codec = p.text({ min: 1, max: 15 })
  for (const wrong of ['', 'a'.repeat(16), 'é'.repeat(8), 'a\0b', 5]) {
    t.throws(() => encoded(codec, wrong), { instanceOf: p.EncodeError, message: /text of 1 to 15 bytes/ })
  }
  t.is(roundTrip(codec, 'a'.repeat(15)), 'a'.repeat(15))
})

test('a flag attribute is present for true only', (t) => {
  const set = p.attributes({ on: [1, p.flag], n: [2, p.u8] })
  t.deepEqual(roundTrip(set, { on: true, n: 1 }), { on: true, n: 1 })
  t.deepEqual(roundTrip(set, { on: false, n: 1 }), { n: 1 })
  t.throws(() => encoded(set, { on: 1 }), {
    instanceOf: p.EncodeError,
    message: 'on must be true or false, got 1',
  })
})

test('bytes, MAC and link-layer addresses round-trip', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 32 }), (raw) => {
      const written = Buffer.from(raw)
        .toString('hex')
        .replace(/(..)(?=.)/g, '$1:')
      t.is(roundTrip(p.hardwareAddress, written.toUpperCase()), written)
      t.deepEqual(roundTrip(p.bytes(), raw), raw)
    }),
  )
  t.is(encoded(p.mac, '02:00:5E:00:00:01'), '02005e000001')
  for (const wrong of ['', '02:00', '02-00-00-00-00-01', '2:0:0:0:0:1', '02:00:00:00:00:01:02', 7]) {
    t.throws(() => encoded(p.mac, wrong), { instanceOf: p.EncodeError })
  }
  t.throws(() => encoded(p.bytes({ max: 2 }), new Uint8Array(3)), {
    message: 'the value must be a Uint8Array of 0 to 2 bytes, got 3 bytes',
  })
})

test('enumerations: names, and numbers without a name', (t) => {
  const mode = p.enumeration(p.u8, { private: 1, vepa: 2 })
  fc.assert(
    fc.property(fc.nat(255), (n) => {
      const name = ({ 1: 'private', 2: 'vepa' } as const)[n] ?? n
      return roundTrip(mode, n) === name && roundTrip(mode, name) === name
    }),
  )
  t.throws(() => encoded(mode, 'vpea'), {
    message:
      'the value must be one of private, vepa, or an integer from 0 to 255, got "vpea"; did you mean "vepa"?',
  })
  t.throws(() => encoded(mode, 'toString'), { instanceOf: p.EncodeError })
  t.throws(() => encoded(mode, 256), { instanceOf: p.EncodeError })
})

test('bit flags: names, and unnamed bits as one number', (t) => {
  const flags = p.bitFlags(p.u32, { up: 1, broadcast: 2, high: 0x80000000 })
  t.deepEqual(roundTrip(flags, ['up', 'high']), ['up', 'high'])
  t.deepEqual(roundTrip(flags, [0xf0]), [0xf0])
  t.deepEqual(roundTrip(flags, []), [])
  fc.assert(
    fc.property(fc.nat(0xffffffff), (bits) => {
      t.is(encoded(flags, roundTrip(flags, [bits])), encoded(p.u32, bits))
    }),
  )
  t.throws(() => encoded(flags, ['brodcast']), {
    message: 'the value has no flag "brodcast"; did you mean "broadcast"? Known: up, broadcast, high',
  })
  t.throws(() => encoded(flags, 'up'), { instanceOf: p.EncodeError })
})

const header = p.struct({ kind: p.u8, hole: p.pad(1), port: p.be16, where: p.ipv4 })

test('structs have the layout of C, with zeros in holes', (t) => {
  const out = new p.Writer(new Uint8Array(64).fill(0xff))
  header.encode(out, { kind: 1, port: 80, where: '192.0.2.1' }, {})
  t.is(Buffer.from(out.written()).toString('hex'), '01000050c0000201')
  t.is(header.size, 8)
  t.deepEqual(roundTrip(header, { kind: 1, port: 80, where: '192.0.2.1' }), {
    kind: 1,
    port: 80,
    where: '192.0.2.1',
  })
  t.throws(() => encoded(header, { port: -1 }), {
    instanceOf: p.EncodeError,
    message: /^port must be an integer/,
  })
})

test('missing fields of a short struct read as zeros; a short header is an error', (t) => {
  const short = Buffer.from('0100', 'hex')
  t.deepEqual(header.decode(p.viewOf(short), 0, 2, {}), { kind: 1, port: 0, where: '0.0.0.0' })
  const exact = p.struct({ a: p.u32 }, { exact: true })
  t.throws(() => exact.decode(p.viewOf(short), 0, 2, {}), { instanceOf: p.DecodeError })
})

const inner = p.attributes({ id: [1, p.u32], name: [2, p.text({ max: 9 })] })
const outer = p.attributes({
  count: [1, p.u16],
  inner: [2, inner],
  names: [3, p.multiple(p.text({ max: 9 }))],
  list: [4, p.listOf(1, inner)],
  numbered: [5, p.indexed(p.u8)],
  table: [6, p.arrayOf(p.struct({ from: p.u32, to: p.u32 }))],
  kind: [7, p.text({ max: 9, terminated: false })],
  data: [8, p.select('kind', { a: inner, b: p.attributes({ port: [1, p.be16] }) })],
})

const innerValue = fc.record(
  { id: fc.nat(0xffffffff), name: fc.stringMatching(/^[a-z]{0,9}$/) },
  { requiredKeys: [] },
)
const outerValue = fc
  .record(
    {
      count: fc.nat(0xffff),
      inner: innerValue,
      names: fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 4 }),
      list: fc.array(innerValue, { maxLength: 4 }),
      numbered: fc.array(fc.nat(255), { maxLength: 9 }),
      table: fc.array(fc.record({ from: fc.nat(), to: fc.nat() }), { maxLength: 4 }),
      unknown: fc.array(
        fc.record({ type: fc.integer({ min: 100, max: 0x3fff }), data: fc.uint8Array({ maxLength: 9 }) }),
        { minLength: 1, maxLength: 3 },
      ),
    },
    { requiredKeys: [] },
  )
  .chain((value) =>
    fc.oneof(
      fc.constant(value),
      innerValue.map((data) => ({ ...value, kind: 'a' as const, data })),
      fc.nat(0xffff).map((port) => ({ ...value, data: { port }, kind: 'b' as const })),
    ),
  )

test('attribute sets round-trip nests, lists, repetitions, choices and unknown attributes', (t) => {
  fc.assert(
    fc.property(outerValue, (value) => {
      t.deepEqual(roundTrip(outer, value) as unknown, value)
    }),
    { numRuns: 500 },
  )
})

test('a choice follows its sibling, which may come later', (t) => {
  t.deepEqual(roundTrip(outer, { data: { port: 5 }, kind: 'b' }), { kind: 'b', data: { port: 5 } })
  const raw = Uint8Array.of(1, 2, 3, 4)
  t.deepEqual(roundTrip(outer, { data: raw, kind: 'new' } as never), { kind: 'new', data: raw } as never)
  t.throws(() => encoded(outer, { kind: 'new', data: { x: 1 } }), {
    message: 'data must be a Uint8Array where kind is "new", got {"x":1}; known: a, b',
  })
})

test('nests carry NLA_F_NESTED, padding is zero', (t) => {
  const out = new p.Writer(new Uint8Array(64).fill(0xff))
  outer.encode(out, { count: 1, inner: { id: 2 } }, {})
  t.is(Buffer.from(out.written()).toString('hex'), '06000100010000000c0002800800010002000000')
})

test('an error has the path of the attribute', (t) => {
  const error = t.throws(() => encoded(outer, { list: [{}, { id: -1 }] }), { instanceOf: p.EncodeError })
  t.is(error?.path, 'list.1.id')
  t.deepEqual(error?.keys, ['list', '1', 'id'])
  t.is(error?.message, 'list.1.id must be an integer from 0 to 4294967295, got -1')
  t.throws(() => encoded(outer, { inner: { nmae: 1 } }), {
    message: 'inner.nmae is not an attribute here; did you mean "name"? Known: id, name',
  })
  t.throws(() => encoded(outer, { inner: 5 }), { message: 'inner must be an object with id, name, got 5' })
  t.throws(() => encoded(outer, { names: 'x' }), { message: 'names must be an array, got "x"' })

  const short = Buffer.from('0c00020006000100aaaa0000', 'hex')
  t.throws(() => outer.decode(p.viewOf(short), 0, short.length, {}), {
    instanceOf: p.DecodeError,
    message: 'inner.id: 4 bytes expected, got 2',
  })
})

test('after a failed encoding the writer can be set back and used', (t) => {
  const out = new p.Writer(16)
  out.write(Uint8Array.of(1, 2, 3, 4))
  t.throws(() => outer.encode(out, { count: 1, inner: { id: -1 } }, {}))
  out.at = 4
  outer.encode(out, { count: 7 }, {})
  t.is(Buffer.from(out.written()).toString('hex'), '010203040600010007000000')
})

test('impossible lengths are DecodeErrors', (t) => {
  for (const hex of ['00000100', '03000100', 'ff00010000000000', '04000100ffff0100']) {
    const bytes = Buffer.from(hex, 'hex')
    t.throws(() => outer.decode(p.viewOf(bytes), 0, bytes.length, {}), { instanceOf: p.DecodeError })
  }
})

test('a writer uses the given memory and grows beyond it', (t) => {
  const memory = new Uint8Array(8)
  const out = new p.Writer(memory)
  out.write(new Uint8Array(8).fill(1))
  t.is(out.bytes, memory)
  out.write(Uint8Array.of(2))
  t.not(out.bytes, memory)
  t.deepEqual([...out.written()], [1, 1, 1, 1, 1, 1, 1, 1, 2])
})

test('an attribute of more than 65,535 bytes is refused', (t) => {
  const set = p.attributes({ blob: [1, p.bytes({ max: 1e6 })] })
  t.throws(() => encoded(set, { blob: new Uint8Array(65_532) }), {
    instanceOf: p.EncodeError,
    message: 'blob is too long: an attribute has at most 65535 bytes, this one 65536',
  })
})

test('a value in header and attribute goes into the header if it fits, else into the attribute', (t) => {
  const tables = { main: 254 }
  const codec = p.message(
    p.struct({ table: p.enumeration(p.u8, tables), rest: p.pad(3) }),
    p.attributes({ table: [15, p.enumeration(p.u32, tables)] }),
  )
  t.is(encoded(codec, { table: 'main' }), 'fe000000')
  t.is(encoded(codec, { table: 1000 }), '0000000008000f00e8030000')
  t.is(roundTrip(codec, { table: 'main' }).table, 'main')
  t.is(roundTrip(codec, { table: 1000 }).table, 1000)
})

test('locate finds the attribute at an offset', (t) => {
  const out = new p.Writer()
  const value = { count: 1, kind: 'a' as const, data: { id: 5, name: 'x' }, list: [{ id: 1 }, { id: 2 }] }
  outer.encode(out, value, {})
  const at = (offset: number) => outer.locate?.(out.view, 0, out.at, offset, value)?.path.join('.')
  t.is(at(0), 'count')
  t.is(at(16), 'data')
  t.is(at(20), 'data.id')
  t.is(at(28), 'data.name')
  t.is(at(44), 'list.0.id')
  t.is(at(999), undefined)
})
