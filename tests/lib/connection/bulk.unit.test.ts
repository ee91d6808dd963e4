import test from 'ava'
import { BulkError, ClosedError, Connection, type Request } from '../../../lib/connection/index.js'
import { EncodeError, struct, u32 } from '../../../protocol/index.js'
import { type Arrived, acknowledge, FakeKernel } from '../../helpers/fake-kernel.js'

const codec = struct({ n: u32 })
const toRequest = (n: number): Request => ({ type: 100, name: 'TEST', codec, value: { n } })
const number = ({ payload }: Arrived) => new DataView(payload.buffer).getUint32(0, true)

/** Acknowledges what asks for it, and refuses some though they do not. */
const refusing = (bad: ReadonlySet<number>) =>
  new FakeKernel((request) => {
    if (bad.has(number(request))) return [{ bytes: acknowledge(request.sequence, 17) }]
    return request.flags & 4 ? [{ bytes: acknowledge(request.sequence) }] : []
  })

const connect = (kernel: FakeKernel) => new Connection({ open: () => kernel, timeout: 1000 })
const count = (n: number) => Array.from({ length: n }, (_, i) => i)

test('only the last of each window is to be acknowledged', async (t) => {
  const kernel = refusing(new Set())
  kernel.receiveBuffer = 2048 * 10
  t.is(await connect(kernel).bulk(count(25), toRequest), 25)
  t.deepEqual(kernel.windows, [10, 10, 5])
  t.deepEqual(
    kernel.arrived.flatMap(({ flags }, i) => (flags & 4 ? [i] : [])),
    [9, 19, 24],
  )
  t.deepEqual(kernel.arrived.map(number), count(25))
})

test('failures carry their index and item; all others are done', async (t) => {
  const kernel = refusing(new Set([0, 7, 24]))
  kernel.receiveBuffer = 2048 * 10
  const error = await t.throwsAsync(connect(kernel).bulk(count(25), toRequest), { instanceOf: BulkError })
  t.deepEqual(
    error?.failures.map(({ index, item }) => [index, item]),
    [
      [0, 0],
      [7, 7],
      [24, 24],
    ],
  )
  t.is(error?.done, 22)
  t.is(error?.message, '3 failed, 22 done; first, item 0: TEST: EEXIST: File exists')
})

test('who takes the failures gets them as they come, and how many were done', async (t) => {
  const failed: number[] = []
  const done = await connect(refusing(new Set([3, 4]))).bulk(count(9), toRequest, {
    onFailure: ({ index }) => failed.push(index),
  })
  t.is(done, 7)
  t.deepEqual(failed, [3, 4])
})

test('what cannot be encoded fails by itself', async (t) => {
  const error = await t.throwsAsync(connect(refusing(new Set())).bulk([1, -1, 2], toRequest), {
    instanceOf: BulkError,
  })
  t.is(error?.done, 2)
  t.true(error?.failures[0]?.error instanceof EncodeError)
})

test('it stops at the first failure when told to, after that window', async (t) => {
  const kernel = refusing(new Set([3]))
  kernel.receiveBuffer = 2048 * 10
  const error = await t.throwsAsync(connect(kernel).bulk(count(100), toRequest, { stopAtFailure: true }), {
    instanceOf: BulkError,
  })
  t.is(kernel.arrived.length, 10)
  t.is(error?.done, 9)
  const encoding = refusing(new Set())
  await t.throwsAsync(connect(encoding).bulk([0, 1, -1, 3, 4], toRequest, { stopAtFailure: true }), {
    instanceOf: BulkError,
  })
  t.deepEqual(encoding.arrived.map(number), [0, 1])
})

test('progress is told after each window, and a signal ends it between two', async (t) => {
  const kernel = refusing(new Set())
  kernel.receiveBuffer = 2048 * 10
  const told: number[] = []
  const stop = new AbortController()
  const onProgress = (behind: number) => {
    told.push(behind)
    if (behind === 20) stop.abort(new Error('enough'))
  }
  await t.throwsAsync(connect(kernel).bulk(count(100), toRequest, { onProgress, signal: stop.signal }), {
    message: 'enough',
  })
  t.deepEqual(told, [10, 20])
  t.is(kernel.arrived.length, 20)
})

test('items may come asynchronously, and none at all may come', async (t) => {
  async function* some() {
    for (const n of count(5)) {
      await new Promise((resolve) => setImmediate(resolve))
      yield n
    }
  }
  const kernel = refusing(new Set())
  t.is(await connect(kernel).bulk(some(), toRequest), 5)
  t.is(await connect(kernel).bulk([], toRequest), 0)
  t.is(kernel.arrived.length, 5)
})

test('it keeps its place among what is asked one by one', async (t) => {
  const kernel = refusing(new Set())
  const connection = connect(kernel)
  const before = connection.request(toRequest(100))
  const bulk = connection.bulk(count(3), toRequest)
  await Promise.all([before, bulk, connection.request(toRequest(200))])
  t.is(kernel.arrived.map(number)[0], 100)
  t.deepEqual(
    kernel.arrived.map(number).filter((n) => n < 100),
    [0, 1, 2],
  )
})

test('a send that fails, or a close, fails what was on its way', async (t) => {
  const kernel = refusing(new Set())
  kernel.sends.push(-105)
  const error = await t.throwsAsync(connect(kernel).bulk([1, 2], toRequest), { instanceOf: BulkError })
  t.deepEqual(
    error?.failures.map(({ error }) => (error as { code?: string }).code),
    ['ENOBUFS', 'ENOBUFS'],
  )
  const connection = connect(refusing(new Set()))
  connection.close()
  await t.throwsAsync(connection.bulk([1], toRequest), { instanceOf: ClosedError })
})
