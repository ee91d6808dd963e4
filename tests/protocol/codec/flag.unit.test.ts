import test from 'ava'
import { attributes, bool, flag, u8, u32, viewOf, Writer } from '../../../protocol/index.js'

const set = attributes({ on: [1, flag], yes: [2, bool(u8)] })

function read(...bytes: number[]): object {
  const data = Uint8Array.from(bytes)
  return set.decode(viewOf(data), 0, data.length, {})
}

test('a flag is true by its presence, and what it says where it has a value', (t) => {
  // Often enough for the reader to be compiled.
  for (let i = 0; i < 100; i++) {
    t.deepEqual(read(4, 0, 1, 0), { on: true })
    t.deepEqual(read(5, 0, 1, 0, 1, 0, 0, 0), { on: true })
    t.deepEqual(read(5, 0, 1, 0, 0, 0, 0, 0), { on: false })
    t.deepEqual(read(8, 0, 1, 0, 0, 0, 0, 0), { on: false })
    t.deepEqual(read(8, 0, 1, 0, 0, 1, 0, 0), { on: true })
    t.deepEqual(read(), {})
  }
})

test('a boolean is true by its presence where it has no value', (t) => {
  for (let i = 0; i < 100; i++) {
    t.deepEqual(read(4, 0, 2, 0), { yes: true })
    t.deepEqual(read(5, 0, 2, 0, 0, 0, 0, 0), { yes: false })
  }
  t.throws(
    () => attributes({ n: [1, bool(u32)] }).decode(viewOf(Uint8Array.of(5, 0, 1, 0, 1, 0, 0, 0)), 0, 8, {}),
    {
      code: 'ERR_NETLINK_DECODE',
    },
  )
})

test('a flag is sent as the policy has it: without payload, or not at all', (t) => {
  const out = new Writer()
  set.encode(out, { on: true }, {})
  t.deepEqual([...out.written()], [4, 0, 1, 0])
  set.encode(out, { on: false }, {})
  t.is(out.at, 4)
})
