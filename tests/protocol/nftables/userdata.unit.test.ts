import test from 'ava'
import fc from 'fast-check'
import { EncodeError, ruleUserdata, setUserdata, viewOf, Writer } from '../../../protocol/index.js'
import { hookDevices } from '../../../protocol/nftables/hook-devices.js'

function encoded(
  codec: { encode(out: Writer, value: never, parent: object): void },
  value: unknown,
): Uint8Array {
  const out = new Writer()
  codec.encode(out, value as never, {})
  return out.written()
}

const decoded = (bytes: Uint8Array) => setUserdata.decode(viewOf(bytes), 0, bytes.length, {})

test('the user data of a set is read as nft(8) writes it, and written again as the same bytes', (t) => {
  // set { typeof meta mark; auto-merge; comment "ac" }
  const bytes = Uint8Array.of(
    ...[0, 4, 1, 0, 0, 0],
    ...[2, 4, 1, 0, 0, 0],
    ...[3, 14, 0, 4, 9, 0, 0, 0, 1, 6, 0, 4, 3, 0, 0, 0],
    ...[7, 3, 0x61, 0x63, 0],
  )
  const value = decoded(bytes)
  t.deepEqual(value, {
    keyByteOrder: 'host',
    mergeElements: 1,
    keyTypeof: { expr: 9, data: Uint8Array.of(0, 4, 3, 0, 0, 0) },
    comment: 'ac',
  })
  t.deepEqual(encoded(setUserdata, value), bytes)
})

test('entries that are not declared, of another length or repeated are kept', (t) => {
  const bytes = Uint8Array.of(0, 1, 9, 7, 2, 0x61, 0, 7, 2, 0x62, 0, 99, 1, 5, 200)
  t.deepEqual(decoded(bytes), {
    comment: 'a',
    unknown: [
      { type: 0, data: Uint8Array.of(9) },
      { type: 7, data: Uint8Array.of(0x62, 0) },
      { type: 99, data: Uint8Array.of(5) },
    ],
    trailing: Uint8Array.of(200),
  })
})

test('any bytes are read without an error, and none is lost', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 256 }), (bytes) => {
      const { unknown = [], trailing, ...known } = decoded(bytes)
      const size = (value: unknown) => encoded(setUserdata, value).length
      const kept = unknown.reduce((sum, { data }) => sum + 2 + data.length, trailing?.length ?? 0)
      // Text ends at its NUL, which is added where there is none.
      const hasText =
        known.comment !== undefined || known.keyTypeof !== undefined || known.dataTypeof !== undefined
      return hasText || size(known) + kept === bytes.length
    }),
    { numRuns: 2000 },
  )
  t.pass()
})

test('user data that the kernel would not keep is refused', (t) => {
  t.throws(() => encoded(ruleUserdata, { comment: 'x'.repeat(128) }), {
    instanceOf: EncodeError,
    message: /^comment /,
  })
  t.throws(() => encoded(ruleUserdata, { commnt: 'x' }), { instanceOf: EncodeError, message: /^commnt / })
  t.throws(() => encoded(ruleUserdata, { trailing: new Uint8Array(257) }), {
    instanceOf: EncodeError,
    message: /the kernel keeps 256 bytes of user data, these are 257/,
  })
})

test('links of a hook: names, beginnings of names, and names that end with an asterisk', (t) => {
  const devices = ['lo', 'eth*', 'odd\\*']
  const bytes = encoded(hookDevices, devices)
  t.deepEqual(
    [...bytes],
    [
      ...[7, 0, 1, 0, 0x6c, 0x6f, 0, 0],
      ...[8, 0, 2, 0, 0x65, 0x74, 0x68, 0],
      ...[9, 0, 1, 0, 0x6f, 0x64, 0x64, 0x2a, 0, 0, 0, 0],
    ],
  )
  t.deepEqual(hookDevices.decode(viewOf(bytes), 0, bytes.length, {}), devices)
})
