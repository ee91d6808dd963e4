import test from 'ava'
import fc from 'fast-check'
import { MessageFields } from '../../../../lib/rtnetlink/watch/fields.js'
import type { Key } from '../../../../lib/rtnetlink/watch/key.js'
import { MessageStore, NONE } from '../../../../lib/rtnetlink/watch/store.js'

/** Messages for tests: a byte of replace key, a byte of key, and content. */
const headerSize = 4
const keyOf = (message: MessageFields, key: Key) => {
  key.add(message.u8(0))
  key.endReplaceKey()
  key.add(message.u8(1))
}

function store() {
  return new MessageStore(keyOf, [new MessageFields(headerSize), new MessageFields(headerSize)])
}

function viewOf(bytes: readonly number[]): DataView {
  // Not at the beginning of the memory, and followed by other bytes.
  const memory = new Uint8Array(bytes.length + 7).fill(9)
  memory.set(bytes, 4)
  return new DataView(memory.buffer)
}

const bytesOf = (view: DataView, at: number, length: number) => [
  ...new Uint8Array(view.buffer, view.byteOffset + at, length),
]

const action = fc.record({
  does: fc.constantFrom('put', 'put', 'put', 'remove'),
  bytes: fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 40 }), fc.uint8Array({ maxLength: 90 }))
    .map(([a, b, content]) => [a, b, 0, 0, ...content]),
})

test('a store of messages does what a map does', (t) => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 300, size: 'max' }), (actions) => {
      const packed = store()
      const map = new Map<string, number[]>()
      const name = ([a, b]: readonly number[]) => `${a} ${b}`
      for (const { does, bytes } of actions) {
        const record = packed.find(viewOf(bytes), 4, bytes.length)
        const known = map.get(name(bytes))
        t.is(record !== NONE, known !== undefined)
        if (record !== NONE) {
          t.deepEqual(packed.decode(record, bytesOf), known)
          t.is(packed.isSame(record), `${known}` === `${bytes}`)
          packed.remove(record)
          map.delete(name(bytes))
        }
        t.is(packed.sharing().length, [...map.keys()].filter((key) => key.startsWith(`${bytes[0]} `)).length)
        if (does === 'put') {
          packed.insert(1)
          map.set(name(bytes), bytes)
        }
        t.is(packed.size, map.size)
      }
      const all = [...packed.records()].map((record) => packed.decode(record, bytesOf))
      t.deepEqual(all.map(String).sort(), [...map.values()].map(String).sort())
    }),
    { numRuns: 50 },
  )
})

test('a message longer than the memory that is reserved at a time is stored', (t) => {
  const packed = store()
  const long = [1, 2, 0, 0, ...new Uint8Array(3_000_000).fill(7)]
  for (const bytes of [[1, 1, 0, 0], long, [1, 3, 0, 0]]) {
    packed.find(viewOf(bytes), 4, bytes.length)
    packed.insert(1)
  }
  t.is(
    packed.decode(packed.find(viewOf(long), 4, long.length), (_, __, length) => length),
    long.length,
  )
  t.is([...packed.records()].length, 3)
})

test('memory of removed messages is used again', (t) => {
  const packed = store()
  const seen = new Set<number>()
  for (let i = 0; i < 10_000; i++) {
    const bytes = [0, i % 200, 0, 0, i & 255]
    const record = packed.find(viewOf(bytes), 4, bytes.length)
    if (record !== NONE) packed.remove(record)
    seen.add(packed.insert(1))
  }
  t.true(seen.size <= 201)
})
