import test from 'ava'
import { snapshot } from '../../../lib/connection/snapshot.js'

test('a snapshot shares no memory with the value, Buffers included', (t) => {
  const bytes = Uint8Array.of(1, 2)
  const buffer = Buffer.from([3, 4])
  const value = { unknown: [{ type: 1, data: bytes }], userdata: buffer }
  const copy = snapshot(value)
  bytes[0] = 9
  buffer[0] = 9
  value.unknown.pop()
  t.deepEqual([...(copy.unknown[0]?.data ?? [])], [1, 2])
  t.deepEqual([...copy.userdata], [3, 4])
})
