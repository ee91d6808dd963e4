import test from 'ava'
import { Stream } from '../../../lib/connection/index.js'

/** A source of numbers that waits after each batch for `go`. */
function numbers(batches: readonly (readonly number[])[]) {
  let stopped = 0
  let opened = 0
  let wake = () => {}
  const source = {
    get stopped() {
      return stopped
    },
    get opened() {
      return opened
    },
    go: () => wake(),
    open() {
      opened++
      return {
        batches: (async function* () {
          for (const batch of batches) yield batch.values()
          if (stopped === 0) {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
        })(),
        stop() {
          stopped++
          wake()
        },
      }
    },
  }
  return source
}

const value = (n: number) => ({ done: false, value: n })
const done = { done: true, value: undefined }

test('concurrent calls of next are answered in order', async (t) => {
  const source = numbers([[1, 2], [], [3], [4, 5]])
  const stream = new Stream(() => source.open(), undefined)
  t.deepEqual(await Promise.all([stream.next(), stream.next(), stream.next()]), [1, 2, 3].map(value))
  t.deepEqual(await Promise.all([stream.next(), stream.next()]), [4, 5].map(value))
  const last = [stream.next(), stream.next()]
  // The source waits once the event loop has run.
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
  source.go()
  t.deepEqual(await Promise.all(last), [done, done])
  t.is(source.stopped, 1)
})

test('return before the first next opens nothing; a second one does nothing', async (t) => {
  const source = numbers([[1]])
  const stream = new Stream(() => source.open(), undefined)
  t.deepEqual(await stream.return(), done)
  t.deepEqual(await stream.return(), done)
  t.deepEqual(await stream.next(), done)
  t.is(source.opened, 0)
})

test('return while next is pending settles both, and frees the source once', async (t) => {
  const source = numbers([[1]])
  const stream = new Stream(() => source.open(), undefined)
  t.deepEqual(await stream.next(), value(1))
  const pending = stream.next()
  t.deepEqual(await stream.return(), done)
  t.deepEqual(await pending, done)
  await stream.return()
  t.is(source.stopped, 1)
})

test('after an abort comes its reason and nothing else, even if events are there already', async (t) => {
  const source = numbers([[1, 2, 3]])
  const stop = new AbortController()
  const stream = new Stream(() => source.open(), stop.signal)
  t.deepEqual(await stream.next(), value(1))
  const reason = new Error('enough')
  stop.abort(reason)
  t.is(await t.throwsAsync(stream.next()), reason)
  t.deepEqual(await stream.next(), done)
  t.is(source.stopped, 1)
})

test('an abort rejects the first pending next with its reason, whatever it is', async (t) => {
  const source = numbers([])
  const stop = new AbortController()
  const stream = new Stream(() => source.open(), stop.signal)
  const first = stream.next()
  const second = stream.next()
  stop.abort('a text')
  t.is(await first.catch((error) => error), 'a text')
  t.deepEqual(await second, done)
  const aborted = new Stream(() => source.open(), AbortSignal.abort('before'))
  t.is(await aborted.next().catch((error) => error), 'before')
  t.is(source.opened, 1)
})

test('what opening or an event throws ends the stream', async (t) => {
  const broken = new Stream<number>(() => {
    throw new Error('no')
  }, undefined)
  await t.throwsAsync(broken.next(), { message: 'no' })
  t.deepEqual(await broken.next(), done)
  const source = numbers([])
  const stream = new Stream<number>(
    () => ({
      batches: (async function* () {
        yield (function* (): Generator<number> {
          yield 1
          throw new Error('broken')
        })()
      })(),
      stop: source.open().stop,
    }),
    undefined,
  )
  t.deepEqual(await stream.next(), value(1))
  await t.throwsAsync(stream.next(), { message: 'broken' })
  t.is(source.stopped, 1)
  t.deepEqual(await stream.next(), done)
})

test('an open source is freed by return before the first next; throw rejects with its own error', async (t) => {
  const source = numbers([[1]])
  const stream = new Stream(source.open())
  t.deepEqual(await stream.return(), done)
  t.deepEqual(await stream.next(), done)
  t.is(source.stopped, 1)
  const other = numbers([[1]])
  const failing = new Stream(other.open())
  await t.throwsAsync(failing.throw(new Error('mine')), { message: 'mine' })
  t.deepEqual(await failing.next(), done)
  t.is(other.stopped, 1)
})

test('a batch of very many elements lets the event loop run', async (t) => {
  async function* batches() {
    yield Array.from({ length: 300_000 }, (_, i) => i).values()
  }
  const stream = new Stream({ batches: batches(), stop() {} })
  let turns = 0
  const turn = setInterval(() => turns++, 0)
  for await (const _ of stream);
  clearInterval(turn)
  t.true(turns > 3)
})
