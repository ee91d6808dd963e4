import test from 'ava'
import fc from 'fast-check'
import { COMPILE_AFTER } from '../../../protocol/codec/compile.js'
import * as p from '../../../protocol/index.js'

/** Fresh codecs for each run: their first decoding interprets the tables, the last one has compiled readers. */
function freshCodecs() {
  const header = p.struct({ family: p.u8, len: p.u8, port: p.be16, flags: p.bitFlags(p.u32, { a: 1, b: 2 }) })
  const inner = p.attributes({ id: [1, p.u32], name: [2, p.text({ max: 9 })] })
  const table = {
    flags: [1, p.bitFlags(p.u32, { a: 1, b: 2 })],
    address: [2, p.ip],
    mode: [3, p.enumeration(p.u16, { x: 1, y: 2 })],
    names: [4, p.multiple(p.text({ max: 9 }))],
    numbers: [5, p.multiple(p.u16)],
    kind: [6, p.text({ max: 9, terminated: false })],
    data: [7, p.select('kind', { a: inner, b: p.attributes({ port: [1, p.be16] }) })],
    on: [8, p.flag],
    enabled: [9, p.bool(p.u8)],
    stats: [10, p.struct({ big: p.u64, mac: p.mac, pad: p.pad(2), where: p.ipv6 })],
    list: [11, p.listOf(1, inner)],
    values: [12, p.arrayOf(p.struct({ from: p.u32, to: p.s32 }))],
    size: [13, p.uint],
    text: [14, p.text({ max: 20 })],
    inner: [15, inner],
    signed: [16, p.s16],
    items: [17, p.multiple(p.select('kind', { a: p.u8, b: inner }))],
  } as const
  const message = p.message(header, p.attributes(table))
  const object = p.objectReader({
    header,
    head: { address: () => 'none', port: 'port', b: ({ flags }) => flags.includes('b') },
    members: {
      ...table,
      address: [2, p.ipPrefix('len')],
      info: [
        15,
        { ...inner, assign: (value, info) => Object.assign(value, info) } satisfies p.Decoder<object>,
      ],
      text: [14, p.ignored],
    },
  })
  const readers: Record<string, (view: DataView, at: number, length: number) => unknown> = {
    message: (view, at, length) => message.decode(view, at, length, {}),
    object,
  }
  return readers
}

/** An attribute as it may come: of any type, with payloads that fit its codec and ones that do not. */
const attribute = fc
  .record({
    type: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 1, max: 17 }) },
      { weight: 1, arbitrary: fc.integer({ min: 18, max: 40 }) },
    ),
    bits: fc.oneof(
      { weight: 6, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(0x8000, 0x4000) },
    ),
    payload: fc.oneof(
      fc.constantFrom('01000000', '02', '0200', '61', '62', '6100', '0a000001', ''),
      fc.constant('00'.repeat(16)),
      fc.constant('0800010005000000'),
      fc.constant('060001000050'),
      fc.constant('0c0001800800010005000000'),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    ),
  })
  .map(({ type, bits, payload }) => {
    const body = Buffer.from(payload, 'hex')
    const bytes = Buffer.alloc(p.align(4 + body.length))
    bytes.writeUInt16LE(4 + body.length, 0)
    bytes.writeUInt16LE(type | bits, 2)
    body.copy(bytes, 4)
    return bytes
  })

const randomMessage = fc
  .record({
    header: fc.uint8Array({ minLength: 8, maxLength: 8 }),
    attributes: fc.array(attribute, { maxLength: 8 }),
    // Most messages are whole; some end early, some have bytes behind the last attribute.
    cut: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(12) }),
    tail: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) }),
  })
  .map(({ header, attributes, cut, tail }) => {
    const bytes = Buffer.concat([header, ...attributes, Buffer.alloc(tail)])
    return bytes.subarray(0, Math.max(0, bytes.length - cut))
  })

function outcome(read: () => unknown): unknown {
  try {
    return { value: read() }
  } catch (error) {
    if (!(error instanceof p.DecodeError)) throw error
    return { error: error.message, keys: error.keys }
  }
}

test('compiled readers and the plain one agree on random messages', (t) => {
  fc.assert(
    fc.property(randomMessage, (bytes) => {
      const memory = new Uint8Array(bytes.length + 9).fill(0x01)
      memory.set(bytes, 3)
      const view = p.viewOf(memory)
      for (const [name, read] of Object.entries(freshCodecs())) {
        const decode = () => outcome(() => read(view, 3, bytes.length))
        const plain = decode()
        for (let i = 0; i < COMPILE_AFTER; i++) decode()
        t.deepEqual(decode(), plain, name)
      }
    }),
    { numRuns: 400, seed: 20_260_101 },
  )
})

test('a compiled reader leaves messages of other shapes to the interpreter', (t) => {
  const set = p.attributes({ a: [1, p.u32], b: [2, p.text({ max: 9 })], c: [3, p.u8] })
  const decode = (hex: string) => {
    const bytes = Buffer.from(hex, 'hex')
    return set.decode(p.viewOf(bytes), 0, bytes.length, {})
  }
  const [a, b, c] = ['0800010001000000', '060002007800' + '0000', '0500030007000000'] as const
  for (let i = 0; i < 2 * COMPILE_AFTER; i++) t.deepEqual(decode(a + b), { a: 1, b: 'x' })
  t.deepEqual(decode(a), { a: 1 })
  t.deepEqual(decode(a + b + c), { a: 1, b: 'x', c: 7 })
  t.deepEqual(decode(b + a), { a: 1, b: 'x' })
  t.deepEqual(decode(a + b), { a: 1, b: 'x' })
  t.deepEqual(decode(`${a}${b}0600`), { a: 1, b: 'x' }, 'fewer bytes than a header are padding')
  t.throws(() => decode(`${a}${b}06000300`), { instanceOf: p.DecodeError })
})

test('more shapes than a reader keeps are still read', (t) => {
  const table = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`m${i}`, [i + 1, p.u8] as const]))
  const set = p.attributes(table)
  for (let round = 0; round <= COMPILE_AFTER; round++) {
    for (let members = 0; members < 256; members++) {
      const value = Object.fromEntries(
        Object.keys(table)
          .filter((_, bit) => members & (1 << bit))
          .map((name) => [name, round]),
      )
      const out = new p.Writer()
      set.encode(out, value, {})
      const decoded: unknown = set.decode(p.viewOf(out.written()), 0, out.at, {})
      if (round % 16 === 0) t.deepEqual(decoded, value)
    }
  }
})

test('members have the same order in both tiers', (t) => {
  const set = p.attributes({
    data: [1, p.select('kind', { a: p.attributes({}) })],
    kind: [2, p.text({ max: 3 })],
    n: [3, p.u8],
  })
  const out = new p.Writer()
  set.encode(out, { data: {}, kind: 'a', n: 1 }, {})
  const names = () => Object.keys(set.decode(p.viewOf(out.written()), 0, out.at, {}))
  const plain = names()
  for (let i = 0; i < COMPILE_AFTER; i++) names()
  t.deepEqual(names(), plain)
})

test('a shape is interpreted at first, and has a compiled reader after that', (t) => {
  let decoded = 0
  const counting: p.Codec<number> = {
    ...p.u8,
    decode: (...payload) => {
      decoded++
      return p.u8.decode(...payload)
    },
  }
  // Lengths that need padding, and one that varies, in front of the attribute.
  const set = p.attributes({ port: [1, p.be16], name: [2, p.text({ max: 9 })], n: [3, counting] })
  for (let i = 0; i < 3 * COMPILE_AFTER; i++) {
    const out = new p.Writer()
    set.encode(out, { port: i, name: 'x'.repeat(i % 9), n: i }, {})
    t.deepEqual(set.decode(p.viewOf(out.written()), 0, out.at, {}), {
      port: i,
      name: 'x'.repeat(i % 9),
      n: i,
    })
  }
  t.is(decoded, COMPILE_AFTER - 1)
})
