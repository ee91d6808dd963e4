import test from 'ava'
import fc from 'fast-check'
import { decodeUtf8, EncodeError, encodeUtf8, text, viewOf, Writer } from '../../../protocol/index.js'

const codec = text({ max: 4096 })

function encoded(value: string): Uint8Array {
  const out = new Writer()
  codec.encode(out, value, {})
  return out.written()
}

function isWellFormed(value: string): boolean {
  try {
    encodeURIComponent(value)
    return true
  } catch {
    return false
  }
}

/* Bytes that are almost UTF-8: pieces of sequences in any order. */
const piece = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 3 }),
  fc.string({ unit: 'binary', maxLength: 3 }).map((one) => Uint8Array.from(Buffer.from(one))),
  fc
    .constantFrom(
      [0xc3],
      [0xa4],
      [0xe0, 0x80],
      [0xe0, 0xa0],
      [0xed, 0xa0, 0x80],
      [0xed, 0xb3, 0xbf],
      [0xef, 0xbb, 0xbf],
      [0xef, 0xbf, 0xbd],
      [0xf0, 0x90, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xc0, 0xaf],
      [0xff],
    )
    .map((all) => Uint8Array.from(all)),
)
const someBytes = fc
  .array(piece, { maxLength: 8 })
  .map((all) => Uint8Array.from(all.flatMap((one) => [...one])))
const withoutNul = someBytes.map((bytes) => bytes.filter((byte) => byte !== 0))

/* Text with lone surrogates of all kinds. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0x20, max: 0xffff }), fc.integer({ min: 0xd7f0, max: 0xe010 })), {
    maxLength: 8,
  })
  .map((units) => String.fromCharCode(...units))

test('any bytes without NUL are read as a text that is written as the same bytes', (t) => {
  fc.assert(
    fc.property(withoutNul, (bytes) => {
      const read = codec.decode(viewOf(bytes), 0, bytes.length, {})
      t.deepEqual(encoded(read), Uint8Array.from([...bytes, 0]))
      t.deepEqual(encodeUtf8(read), bytes)
    }),
    { numRuns: 5000 },
  )
})

test('what is UTF-8 is read as it is, the byte order mark included', (t) => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  fc.assert(
    fc.property(someBytes, (bytes) => {
      let expected: string | undefined
      try {
        expected = strict.decode(bytes)
      } catch {
        // Not UTF-8.
      }
      const read = decodeUtf8(bytes)
      if (expected === undefined) t.false(isWellFormed(read))
      else t.is(read, expected)
    }),
    { numRuns: 5000 },
  )
  t.is(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), '\ufeffa')
})

test('a well-formed text is written as TextEncoder writes it', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      t.deepEqual(encodeUtf8(value), new TextEncoder().encode(value))
    }),
    { numRuns: 2000 },
  )
})

test('a text is refused unless it is read back as the same text', (t) => {
  fc.assert(
    fc.property(anyText, (value) => {
      const bytes = encodeUtf8(value)
      if (bytes !== undefined) t.is(decodeUtf8(bytes), value)
      else t.false(isWellFormed(value))
    }),
    { numRuns: 5000 },
  )
})

test('bytes that are not UTF-8 are escaped one by one', (t) => {
  t.is(decodeUtf8(Uint8Array.of(0x61, 0xff, 0xc3, 0x28)), 'a\udcff\udcc3(')
  t.is(decodeUtf8(Uint8Array.of(0xed, 0xa0, 0x80)), '\udced\udca0\udc80')
  t.is(decodeUtf8(Uint8Array.of(0xc3, 0xa4, 0xc3)), 'ä\udcc3')
})

test('lone surrogates that are no escapes, and escapes of UTF-8, are refused', (t) => {
  for (const value of [
    '\ud800',
    'a\udbff',
    '\udc00',
    '\udc7f',
    '\udd00',
    '\udfff',
    '\udcc3\udca4',
    '\udcf0\udc9f\udc98\udc80',
  ]) {
    t.throws(() => encoded(value), {
      instanceOf: EncodeError,
      message:
        /^the value must be text without lone surrogates, except the escapes of bytes that are not UTF-8, got /,
    })
  }
  t.throws(() => encoded('a\0b'), { instanceOf: EncodeError })
})
