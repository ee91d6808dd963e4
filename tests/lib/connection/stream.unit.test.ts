import test from 'ava'
import { Stream } from '../../../lib/connection/index.js'

/** A stream of numbers that waits after each one until the test goes on. */
function counting(signal?: AbortSignal) {
  const log: string[] = []
  let wake = () => {}
  let stopped = false
  async function* numbers() {
    try {
      for (let n = 0; !stopped; n++) {
        yield n
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    } finally {
      log.push('finally')
    }
  }
  const stop = () => {
    log.push('stop')
    stopped = true
    wake()
  }
  return { stream: new Stream(numbers(), stop, signal), log, goOn: () => wake() }
}

const DONE = { done: true, value: undefined }

test('return before the first next frees the source; what follows is done', async (t) => {
  const { stream, log } = counting()
  t.deepEqual(await stream.return(), DONE)
  t.deepEqual(await stream.return(), DONE)
  t.deepEqual(await stream.next(), DONE)
  t.deepEqual(log, ['stop'])
})

test('return settles what is pending, and itself', async (t) => {
  const { stream, log } = counting()
  t.is((await stream.next()).value, 0)
  const pending = [stream.next(), stream.next()]
  t.deepEqual(await stream.return(), DONE)
  t.deepEqual(await Promise.all(pending), [DONE, DONE])
  t.deepEqual(log, ['stop', 'finally'])
})

test('calls of next are answered in order', async (t) => {
  const { stream, goOn } = counting()
  const calls = [stream.next(), stream.next(), stream.next()]
  const timer = setInterval(goOn, 1)
  const results = await Promise.all(calls)
  clearInterval(timer)
  t.deepEqual(
    results.map(({ value }) => value),
    [0, 1, 2],
  )
  await stream.return()
})

test('an abort rejects one call with the signal’s own reason, and nothing follows', async (t) => {
  const stop = new AbortController()
  const { stream, log } = counting(stop.signal)
  t.is((await stream.next()).value, 0)
  const calls = Promise.allSettled([stream.next(), stream.next()])
  stop.abort('enough')
  t.deepEqual(await calls, [
    { status: 'rejected', reason: 'enough' },
    { status: 'fulfilled', value: DONE },
  ])
  t.deepEqual(await stream.next(), DONE)
  t.deepEqual(log, ['stop', 'finally'])
  const late = counting(AbortSignal.abort('before')).stream
  t.is(await late.next().catch((reason) => reason), 'before')
  t.deepEqual(await late.next(), DONE)
})

test('an error of the source rejects one call, and throw ends the stream', async (t) => {
  async function* failing() {
    yield 1
    throw new Error('broken')
  }
  let stops = 0
  const stream = new Stream(failing(), () => stops++)
  t.is((await stream.next()).value, 1)
  await t.throwsAsync(stream.next(), { message: 'broken' })
  t.deepEqual(await stream.next(), DONE)
  t.is(stops, 1)
  const { stream: other, log } = counting()
  await t.throwsAsync(other.throw(new Error('mine')), { message: 'mine' })
  t.deepEqual(log, ['stop'])
})
