import test from 'ava'
import fc from 'fast-check'
import {
  type BulkContext,
  BulkError,
  ClosedError,
  Connection,
  type Request,
} from '../../../lib/connection/index.js'
import { ACK_COST } from '../../../lib/connection/limits.js'
import { acknowledgeIfAsked, FakeKernel, type FakeRequest, refuse } from '../../../lib/testing/index.js'
import { EncodeError, messageFlag, struct, u32 } from '../../../protocol/index.js'

const codec = struct({ n: u32 })
const toRequest = (n: number): Request => ({ type: 100, name: 'TEST', codec, value: { n } })
const number = ({ payload }: FakeRequest) => new DataView(payload.buffer).getUint32(0, true)

/** A kernel that refuses these numbers. */
const refusing = (bad: ReadonlySet<number>) =>
  new FakeKernel((request) =>
    bad.has(number(request)) ? [refuse(request, 'EEXIST')] : acknowledgeIfAsked(request),
  )

const connect = (kernel: FakeKernel) => new Connection({ open: () => kernel, timeout: 1000 })
const count = (n: number) => Array.from({ length: n }, (_, i) => i)

test('only the last request of each chunk asks for an ACK', async (t) => {
  const kernel = refusing(new Set())
  kernel.receiveBuffer = ACK_COST * 10
  t.is(await connect(kernel).bulk(count(25), toRequest), 25)
  t.deepEqual(kernel.batches, [10, 10, 5])
  t.deepEqual(
    kernel.requests.flatMap(({ flags }, i) => (flags & messageFlag.ack ? [i] : [])),
    [9, 19, 24],
  )
  t.deepEqual(kernel.requests.map(number), count(25))
})

test('failures carry their index and item; all other items are done', async (t) => {
  const kernel = refusing(new Set([0, 7, 24]))
  kernel.receiveBuffer = ACK_COST * 10
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
  t.is(error?.message, '3 failed, 22 succeeded; the first failure is item 0: TEST: EEXIST: File exists')
})

test('onFailure takes the failures, and the call returns how many items were done', async (t) => {
  const failed: number[] = []
  const done = await connect(refusing(new Set([3, 4]))).bulk(count(9), toRequest, {
    onFailure: ({ index }) => failed.push(index),
  })
  t.is(done, 7)
  t.deepEqual(failed, [3, 4])
})

test('an item that cannot be encoded fails alone', async (t) => {
  const error = await t.throwsAsync(connect(refusing(new Set())).bulk([1, -1, 2], toRequest), {
    instanceOf: BulkError,
  })
  t.is(error?.done, 2)
  t.true(error?.failures[0]?.error instanceof EncodeError)
})

test('stopAtFailure ends the bulk after the chunk of the first failure', async (t) => {
  const kernel = refusing(new Set([3]))
  kernel.receiveBuffer = ACK_COST * 10
  const error = await t.throwsAsync(connect(kernel).bulk(count(100), toRequest, { stopAtFailure: true }), {
    instanceOf: BulkError,
  })
  t.is(kernel.requests.length, 10)
  t.is(error?.done, 9)
  const encoding = refusing(new Set())
  await t.throwsAsync(connect(encoding).bulk([0, 1, -1, 3, 4], toRequest, { stopAtFailure: true }), {
    instanceOf: BulkError,
  })
  t.deepEqual(encoding.requests.map(number), [0, 1])
})

test('onProgress is called after each chunk; a signal ends the bulk with the chunks in flight', async (t) => {
  const kernel = refusing(new Set())
  kernel.receiveBuffer = ACK_COST * 10
  const counts: number[] = []
  const stop = new AbortController()
  const onProgress = (done: number) => {
    counts.push(done)
    if (done === 20) stop.abort(new Error('enough'))
  }
  await t.throwsAsync(connect(kernel).bulk(count(100), toRequest, { onProgress, signal: stop.signal }), {
    message: 'enough',
  })
  t.deepEqual(counts, [10, 20])
  t.true(kernel.requests.length <= 30)
})

test('items may be asynchronous, and there may be none', async (t) => {
  async function* some() {
    for (const n of count(5)) {
      await new Promise((resolve) => setImmediate(resolve))
      yield n
    }
  }
  const kernel = refusing(new Set())
  t.is(await connect(kernel).bulk(some(), toRequest), 5)
  t.is(await connect(kernel).bulk([], toRequest), 0)
  t.is(kernel.requests.length, 5)
})

test('a bulk keeps its place among single requests', async (t) => {
  const kernel = refusing(new Set())
  const connection = connect(kernel)
  const before = connection.request(toRequest(100))
  const bulk = connection.bulk(count(3), toRequest)
  await Promise.all([before, bulk, connection.request(toRequest(200))])
  t.deepEqual(kernel.requests.map(number), [100, 0, 1, 2, 200])
})

test('a send that fails, fails its items; a closed connection rejects the bulk', async (t) => {
  const kernel = refusing(new Set())
  kernel.sendErrors.push('ENOBUFS')
  const error = await t.throwsAsync(connect(kernel).bulk([1, 2], toRequest), { instanceOf: BulkError })
  t.deepEqual(
    error?.failures.map(({ error }) => (error as { code?: string }).code),
    ['ENOBUFS', 'ENOBUFS'],
  )
  const connection = connect(refusing(new Set()))
  connection.close()
  await t.throwsAsync(connection.bulk([1], toRequest), { instanceOf: ClosedError })
})

test('what a callback or the iterable throws ends the bulk with that error; the iterator is closed', async (t) => {
  let closed = false
  function* failing() {
    yield 1
    yield 2
    throw new Error('no more')
  }
  function* endless() {
    try {
      for (let n = 0; ; n++) yield n
    } finally {
      closed = true
    }
  }
  const kernel = refusing(new Set([5]))
  await t.throwsAsync(connect(kernel).bulk(failing(), toRequest), { message: 'no more' })
  t.deepEqual(kernel.requests.map(number), [1, 2])
  const thrown = (message: string) => () => {
    throw new Error(message)
  }
  await t.throwsAsync(connect(kernel).bulk(endless(), toRequest, { onProgress: thrown('progress') }), {
    message: 'progress',
  })
  t.true(closed)
  await t.throwsAsync(connect(kernel).bulk(endless(), toRequest, { onFailure: thrown('failure') }), {
    message: 'failure',
  })
})

test('a close, a drop of answers and a timeout fail each item once, in order', async (t) => {
  for (const [answers, code] of [
    [['ENOBUFS'], 'ENOBUFS'],
    [[], 'ETIMEDOUT'],
  ] as const) {
    const kernel = new FakeKernel((request) =>
      number(request) === 1 ? [refuse(request, 'EEXIST')] : answers,
    )
    const connection = new Connection({ open: () => kernel, timeout: 20 })
    const failed: string[] = []
    const done = await connection.bulk(count(3), toRequest, {
      onFailure: ({ index, error }) => failed.push(`${index} ${(error as { code?: string }).code}`),
    })
    t.is(done, 0)
    t.deepEqual(failed, [`0 ${code}`, '1 EEXIST', `2 ${code}`])
  }
})

test('refusals may be among lost messages, so the other items of the chunk fail', async (t) => {
  const kernel = new FakeKernel((request) =>
    number(request) === 1 ? ['ENOBUFS'] : acknowledgeIfAsked(request),
  )
  const error = await t.throwsAsync(connect(kernel).bulk(count(4), toRequest), { instanceOf: BulkError })
  t.deepEqual(
    error?.failures.map(({ index }) => index),
    [0, 1, 2],
  )
  t.is(error?.done, 1)
})

test('chunks that use names wait for requests that change names', async (t) => {
  const kernel = refusing(new Set())
  const connection = connect(kernel)
  const built: number[] = []
  const build = (n: number) => {
    built.push(n)
    return toRequest(n)
  }
  const rename = connection.request({ ...toRequest(100), changesNames: true })
  const bulk = connection.bulk([1, 2], build, {}, { usesNames: true })
  t.deepEqual(built, [])
  await rename
  t.is(await bulk, 2)
  t.deepEqual(kernel.requests.map(number), [100, 1, 2])
})

test('done and failed items add up to those taken, each index once and in order', async (t) => {
  const outcome = fc.constantFrom('done', 'done', 'done', 'refused', 'bad', 'lost')
  const property = fc.asyncProperty(
    fc.array(outcome, { maxLength: 60 }),
    fc.integer({ min: 1, max: 20 }),
    fc.boolean(),
    fc.boolean(),
    async (outcomes, chunk, asynchronous, stopAtFailure) => {
      const kernel = new FakeKernel((request) => {
        const is = outcomes[number(request)]
        if (is === 'refused') return [refuse(request, 'EEXIST')]
        return is === 'lost' ? ['ENOBUFS', ...acknowledgeIfAsked(request)] : acknowledgeIfAsked(request)
      })
      kernel.receiveBuffer = chunk * ACK_COST
      const failed: number[] = []
      const progress: number[] = []
      async function* later() {
        yield* outcomes.keys()
      }
      const build = (n: number) => toRequest(outcomes[n] === 'bad' ? -1 : n)
      const done = await connect(kernel).bulk(asynchronous ? later() : outcomes.keys(), build, {
        stopAtFailure,
        onFailure: ({ index, item }) => failed.push(index === item ? index : Number.NaN),
        onProgress: (count) => progress.push(count),
      })
      const taken = progress.at(-1) ?? 0
      t.is(done + failed.length, taken)
      t.deepEqual(
        failed,
        [...new Set(failed)].sort((a, b) => a - b),
      )
      const expected = outcomes.flatMap((is, n) =>
        n < taken && (is === 'refused' || is === 'bad') ? [n] : [],
      )
      t.true(expected.every((n) => failed.includes(n)))
      if (!outcomes.includes('lost')) t.deepEqual(failed, expected)
      if (stopAtFailure && failed[0] !== undefined) t.true(taken <= failed[0] + chunk)
      else t.is(taken, outcomes.length)
    },
  )
  await fc.assert(property, { numRuns: 100, seed: 4 })
})

test('a connection that is closed by the iterator fails the items that were taken, and ends the bulk', async (t) => {
  const failed: number[] = []
  const connection = connect(refusing(new Set()))
  function* closing() {
    for (let n = 0; n < 10; n++) {
      if (n === 5) connection.close()
      yield n
    }
  }
  await t.throwsAsync(
    connection.bulk(closing(), toRequest, { onFailure: ({ index }) => failed.push(index) }),
    {
      instanceOf: ClosedError,
    },
  )
  t.deepEqual(failed, [0, 1, 2, 3, 4, 5])
})

/** Gives one item, and never another. */
async function* stuck() {
  yield 1
  await new Promise(() => {})
}

test('a signal, and closing, end a bulk that waits for its iterable', async (t) => {
  for (const items of [
    stuck,
    () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }),
  ]) {
    const connection = connect(refusing(new Set()))
    const stop = new AbortController()
    const aborted = connection.bulk(items() as AsyncIterable<number>, toRequest, { signal: stop.signal })
    setTimeout(() => stop.abort(new Error('enough')), 5)
    await t.throwsAsync(aborted, { message: 'enough' })
    const act = async () => {}
    const closed = [
      connection.bulk(items() as AsyncIterable<number>, toRequest),
      connection.bulkByPromises(items() as AsyncIterable<number>, act),
    ]
    setTimeout(() => connection.close(), 5)
    for (const one of closed) await t.throwsAsync(one, { instanceOf: ClosedError })
  }
})

test('items that come one by one are sent as they come', async (t) => {
  const kernel = refusing(new Set())
  const connection = connect(kernel)
  const progress: number[] = []
  async function* slowly() {
    for (let n = 0; n < 3; n++) {
      yield n
      while (kernel.requests.length <= n) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  t.is(await connection.bulk(slowly(), toRequest, { onProgress: (count) => progress.push(count) }), 3)
  t.deepEqual(progress, [1, 2, 3])
})

test('a bulk by promises ends when the connection is closed, and lets the event loop run', async (t) => {
  const connection = connect(refusing(new Set()))
  let taken = 0
  function* endless() {
    for (;;) yield taken++
  }
  setTimeout(() => connection.close(), 20)
  const act = (n: number) => connection.request(toRequest(n))
  await t.throwsAsync(connection.bulkByPromises(endless(), act, { onFailure() {} }), {
    instanceOf: ClosedError,
  })
  t.true(taken > 0)
})

test('a bulk by promises that is aborted takes no further items, and passes its signal on', async (t) => {
  const kernel = refusing(new Set())
  const connection = connect(kernel)
  const stop = new AbortController()
  let taken = 0
  function* items() {
    for (;;) {
      if (taken === 10) stop.abort(new Error('enough'))
      yield taken++
    }
  }
  const act = (n: number, context: BulkContext) =>
    connection.request(() => toRequest(n), { ...context, usesNames: true })
  await t.throwsAsync(connection.bulkByPromises(items(), act, { signal: stop.signal }), { message: 'enough' })
  t.is(taken, 11)
  t.deepEqual(kernel.requests, [])

  const later = new AbortController()
  const queued = connection.bulkByPromises([1, 2, 3], act, { signal: later.signal })
  later.abort(new Error('late'))
  await t.throwsAsync(queued, { message: 'late' })
  t.deepEqual(kernel.requests, [])
})

test('a bulk of something that cannot be iterated is refused', async (t) => {
  const connection = connect(refusing(new Set()))
  for (const items of [undefined, null, 5, {}, 'eth0']) {
    await t.throwsAsync(connection.bulk(items as never, toRequest), {
      code: 'ERR_NETLINK_ARGUMENT',
      message: /^items must be an iterable/,
    })
  }
})

test('a signal that is aborted by the iterator drops the chunk', async (t) => {
  const kernel = refusing(new Set())
  const stop = new AbortController()
  function* aborting() {
    for (let n = 0; n < 10; n++) {
      if (n === 5) stop.abort(new Error('enough'))
      yield n
    }
  }
  await t.throwsAsync(connect(kernel).bulk(aborting(), toRequest, { signal: stop.signal }), {
    message: 'enough',
  })
  t.is(kernel.requests.length, 0)
})

test('an iterator that gives no object, or throws at once, ends the bulk; the items before it count', async (t) => {
  const connection = connect(refusing(new Set()))
  const iterable = (next: () => unknown) =>
    ({ [Symbol.asyncIterator]: () => ({ next }) }) as AsyncIterable<number>
  const nothing = iterable(async () => undefined)
  await t.throwsAsync(connection.bulk(nothing, toRequest), {
    instanceOf: TypeError,
    message: /must give an object/,
  })
  let n = 0
  const counts: number[] = []
  const throwing = iterable(() => {
    if (n === 3) throw new Error('at once')
    return Promise.resolve({ done: false, value: n++ })
  })
  const onProgress = (count: number) => counts.push(count)
  await t.throwsAsync(connection.bulk(throwing, toRequest, { onProgress }), { message: 'at once' })
  t.is(counts.at(-1), 3)
})

test('an endless row of items that cannot be encoded lets the event loop run', async (t) => {
  const connection = connect(refusing(new Set()))
  function* endless() {
    for (;;) yield 1
  }
  const failing = () => {
    throw new Error('bad')
  }
  const bulk = connection.bulk(endless(), failing, { signal: AbortSignal.timeout(50), onFailure() {} })
  t.is((await t.throwsAsync(bulk as Promise<unknown>, { any: true } as never))?.name, 'TimeoutError')
})

test('closing during a bulk rejects it with ClosedError, after each failure was told', async (t) => {
  for (const count of [10, 20_000]) {
    for (const stopAtFailure of [false, true]) {
      const connection = connect(new FakeKernel(() => []))
      let failed = 0
      const onFailure = () => {
        failed++
      }
      const bulk = connection.bulk(
        Array.from({ length: count }, (_, i) => i),
        toRequest,
        { onFailure, stopAtFailure },
      )
      await null
      connection.close()
      await t.throwsAsync(bulk, { instanceOf: ClosedError })
      t.true(failed > 0)
    }
  }
  const closed = connect(new FakeKernel())
  closed.close()
  async function* none() {}
  const act = async () => {}
  for (const options of [{}, { stopAtFailure: true, onFailure() {} }]) {
    await t.throwsAsync(closed.bulk(none(), toRequest, options), { instanceOf: ClosedError })
    await t.throwsAsync(closed.bulkByPromises(none(), act, options), { instanceOf: ClosedError })
  }
})

test('the first error of a bulk wins over one of the iterator’s own clean-up', async (t) => {
  const connection = connect(refusing(new Set()))
  function* items() {
    try {
      for (;;) yield 1
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: what an iterator may do
      throw new Error('clean-up')
    }
  }
  const onProgress = () => {
    throw new Error('first')
  }
  await t.throwsAsync(connection.bulk(items(), toRequest, { onProgress }), { message: 'first' })
  await t.throwsAsync(connection.bulk([1], toRequest, { stopAtFailure: 1 as never }), {
    message: /options\.stopAtFailure must be/,
  })
})
