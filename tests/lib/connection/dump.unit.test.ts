import test from 'ava'
import {
  ClosedError,
  DumpInterruptedError,
  NetlinkError,
  type Read,
  TimeoutError,
} from '../../../lib/connection/index.js'
import {
  acknowledge,
  concat,
  type Delivery,
  FakeKernel,
  message,
  refuse,
} from '../../../lib/testing/index.js'
import { controlType, messageFlag } from '../../../protocol/index.js'
import { connect, number, numbers, payload, request, whole } from '../../helpers/test-message.js'

const INTERRUPTED = messageFlag.multi | messageFlag.dumpInterrupted
const done = (flags: number = messageFlag.multi) => message(controlType.done, flags, 0, new Uint8Array(4))
const part = (n: number, flags: number = messageFlag.multi) => message(101, flags, 0, payload(n))

test('a dump yields its elements, and its socket is used again', async (t) => {
  const kernel = new FakeKernel(() => [part(1), part(2), done()])
  const connection = connect(kernel)
  t.deepEqual(await connection.dump(request(), number).toArray(), [1, 2])
  const notOne: Read<number | undefined> = (...where) =>
    number(...where) === 1 ? undefined : number(...where)
  t.deepEqual(await connection.dump(request(), notOne).toArray(), [2])
  t.is(kernel.sockets.length, 2)
})

test('a dump yields its elements in batches, as they come', async (t) => {
  const kernel = new FakeKernel(() => [concat([part(1), part(2)]), part(3), done()])
  const connection = connect(kernel)
  const batches: number[][] = []
  for await (const batch of connection.dump(request(), number).batches()) batches.push(batch)
  t.deepEqual(batches, [[1, 2], [3]])
  for await (const _ of connection.dump(request(), number).batches()) break
  t.true(kernel.sockets[1]?.closed)
})

test('large datagrams are read ahead by another thread: nothing is lost, repeated or left behind', async (t) => {
  const large = (first: number) => concat(Array.from({ length: 1000 }, (_, i) => part(first + i)))
  const firsts = Array.from({ length: 10 }, (_, i) => i * 1000)
  const kernel = new FakeKernel(() => [...firsts.map(large), 'EINTR', done()])
  const connection = connect(kernel)
  const everything = Array.from({ length: 10_000 }, (_, i) => i)
  t.deepEqual(await connection.dump(request(), number).toArray(), everything)
  const streamed: number[] = []
  for await (const n of connection.dump(request(), number)) streamed.push(n)
  t.deepEqual(streamed, everything)
  t.is(kernel.sockets.length, 2, 'the socket was clean')
  for await (const n of connection.dump(request(), number)) if (n === 5500) break
  t.true(kernel.sockets[1]?.closed)
})

test('a dump that is left early closes its socket', async (t) => {
  const kernel = new FakeKernel(() => [part(1), part(2), part(3), done()])
  const connection = connect(kernel)
  for await (const { n } of connection.dump(request(), whole)) if (n === 1) break
  t.true(kernel.sockets[1]?.closed)
  t.deepEqual(await connection.dump(request(), number).toArray(), [1, 2, 3])
})

test('an array is read again when the objects changed meanwhile, a bounded number of times', async (t) => {
  let interruptions = 2
  const answer = (): Delivery[] =>
    interruptions-- > 0 ? [part(1), part(2, INTERRUPTED), done(INTERRUPTED)] : [part(3), done()]
  const connection = connect(new FakeKernel(answer))
  t.deepEqual(await connection.dump(request(), number).toArray(), [3])
  interruptions = Number.POSITIVE_INFINITY
  const error = await t.throwsAsync(connection.dump(request(), number).toArray(), {
    instanceOf: DumpInterruptedError,
  })
  t.deepEqual(error?.partial, [1, 2])
  t.regex(error?.message ?? '', /TEST: the objects changed while they were listed, \d+ times in a row/)
})

test('a stream that was interrupted throws at its end', async (t) => {
  const connection = connect(new FakeKernel(() => [part(1, INTERRUPTED), part(2), done()]))
  const seen: number[] = []
  await t.throwsAsync(
    async () => {
      for await (const { n } of connection.dump(request(), whole)) seen.push(n)
    },
    { instanceOf: DumpInterruptedError },
  )
  t.deepEqual(seen, [1, 2])
})

test('a dump that the kernel refuses, at its start or at its end, throws a NetlinkError', async (t) => {
  const refused = connect(new FakeKernel((one) => [refuse(one, 'EINVAL')]))
  await t.throwsAsync(refused.dump(request(), whole).toArray(), {
    instanceOf: NetlinkError,
    code: 'EINVAL',
  })
  t.deepEqual(await refused.dump(request(0, { emptyCode: 'EINVAL' }), whole).toArray(), [])
  const late = new Uint8Array(4)
  new DataView(late.buffer).setInt32(0, -1, true)
  const connection = connect(new FakeKernel(() => [part(1), message(3, 2, 0, late)]))
  const dump = connection.dump(request(), whole)
  t.deepEqual(await dump.next(), { done: false, value: { n: 1 } })
  await t.throwsAsync(dump.next(), { instanceOf: NetlinkError, code: 'EPERM' })
})

test('a dump waits for late datagrams, up to the timeout', async (t) => {
  const silent = connect(new FakeKernel(() => []), 20)
  await t.throwsAsync(silent.dump(request(), whole).toArray(), { instanceOf: TimeoutError })
  const kernel = new FakeKernel(() => [])
  const all = connect(kernel).dump(request(), number).toArray()
  await new Promise((resolve) => setTimeout(resolve, 5))
  kernel.sockets[1]?.deliver(part(7), done())
  t.deepEqual(await all, [7])
})

test('closing the connection ends dumps', async (t) => {
  const kernel = new FakeKernel(() => [part(1)])
  const connection = connect(kernel)
  const dump = connection.dump(request(), whole)
  await dump.next()
  const waiting = dump.next()
  await new Promise((resolve) => setTimeout(resolve, 5))
  connection.close()
  await t.throwsAsync(waiting, { instanceOf: ClosedError })
  t.true(kernel.sockets.every(({ closed }) => closed))
  await t.throwsAsync(connection.dump(request(), whole).toArray(), { instanceOf: ClosedError })
})

test('closing the connection ends dumps that wait for earlier requests', async (t) => {
  const connection = connect(new FakeKernel(() => []))
  const pending = connection.request(request())
  const waiting = connection.dump(request(), whole).toArray()
  connection.close()
  await t.throwsAsync(pending, { instanceOf: ClosedError })
  await t.throwsAsync(waiting, { instanceOf: ClosedError })
})

test('a datagram that is larger than the memory is read again into a larger one', async (t) => {
  const large = concat(Array.from({ length: 20_000 }, (_, n) => part(n)))
  const kernel = new FakeKernel(() => [large, done()])
  const connection = connect(kernel)
  t.is((await connection.dump(request(), whole).toArray()).length, 20_000)
  t.deepEqual(
    kernel.sockets.map(({ batches }) => batches),
    [[], [1], [1]],
  )
})

test('a signal ends a dump, before it starts, while it waits and in the middle', async (t) => {
  const kernel = new FakeKernel(() => [part(1)])
  const connection = connect(kernel)
  const stop = new AbortController()
  const dump = connection.dump(request(), whole, { signal: stop.signal })
  await dump.next()
  const waiting = dump.next()
  setTimeout(() => stop.abort(new Error('enough')), 5)
  await t.throwsAsync(waiting, { message: 'enough' })
  t.true(kernel.sockets[1]?.closed)
  await t.throwsAsync(connection.dump(request(), whole, { signal: stop.signal }).toArray(), {
    message: 'enough',
  })
  const silent = connect(new FakeKernel(() => []))
  silent.request(request()).catch(() => {})
  const later = new AbortController()
  const queued = silent.dump(request(), whole, { signal: later.signal }).toArray()
  later.abort(new Error('enough'))
  await t.throwsAsync(queued, { message: 'enough' })
  silent.close()
})

test('a dump is built when all earlier requests are answered', async (t) => {
  const order: string[] = []
  const kernel = new FakeKernel((one) => {
    order.push(`${one.type} ${one.payload[0]}`)
    if (one.type === 200) return [part(1), done()]
    return one.flags & messageFlag.ack ? [acknowledge(one)] : []
  })
  const connection = connect(kernel)
  const list = () =>
    connection
      .dump(() => {
        order.push('built')
        return { request: request(0, { type: 200 }), read: number }
      })
      .toArray()
  const all = [
    connection.request(request(1, { changesNames: true, blocking: true })),
    connection.request(() => request(2), { usesNames: true }),
    list(),
    connection.request(request(3)),
  ]
  await Promise.all(all)
  t.deepEqual(order, ['100 1', '100 2', 'built', '200 0', '100 3'])
})

test('an exception of a builder ends its dump only', async (t) => {
  const connection = connect(new FakeKernel(() => [part(1), done()]))
  const failing = connection.dump<number>(() => {
    throw new Error('no such link')
  })
  await t.throwsAsync(failing.toArray(), { message: 'no such link' })
  t.deepEqual(await connection.dump(request(), number).toArray(), [1])
})

test('loops that keep sending requests do not keep a dump waiting', async (t) => {
  const kernel = new FakeKernel((one) => (one.type === 200 ? [done()] : [acknowledge(one)]))
  const connection = connect(kernel)
  let stop = false
  const loops = Array.from({ length: 16 }, async (_, n) => {
    while (!stop) await connection.request(request(n))
  })
  await new Promise((resolve) => setTimeout(resolve, 5))
  const before = kernel.requests.length
  await connection.dump(request(0, { type: 200 }), number).toArray()
  stop = true
  await Promise.all(loops)
  const place = kernel.requests.findIndex(({ type }) => type === 200)
  t.true(place - before <= 32, `${place - before} requests were sent before the dump`)
  t.true(numbers(kernel).length > place)
})

test('next and then toArray lose nothing; calls are answered in order, none after the end', async (t) => {
  const kernel = new FakeKernel(() => [part(1), concat([part(2), part(3)]), part(4), done()])
  const connection = connect(kernel)
  const listing = connection.dump(request(), number)
  const results = await Promise.all([listing.next(), listing.next(), listing.toArray(), listing.next()])
  t.deepEqual(results, [
    { done: false, value: 1 },
    { done: false, value: 2 },
    [3, 4],
    { done: true, value: undefined },
  ])
  const other = connection.dump(request(), number)
  const calls = await Promise.all(Array.from({ length: 6 }, () => other.next()))
  t.deepEqual(
    calls.map(({ value }) => value),
    [1, 2, 3, 4, undefined, undefined],
  )
  const batches = connection.dump(request(), number).batches()
  const pending = await Promise.all(Array.from({ length: 5 }, () => batches.next()))
  t.deepEqual(
    pending.map(({ value }) => value),
    [[1], [2, 3], [4], undefined, undefined],
  )
})

test('return frees the socket: before the first next, twice, and while next is pending', async (t) => {
  const kernel = new FakeKernel((one) => (one.type === 100 ? [] : [part(1)]))
  const connection = connect(kernel)
  const open = () => kernel.sockets.slice(1).filter(({ closed }) => !closed).length
  for (const streamOf of [
    () => connection.dump(request(), number),
    () => connection.dump(request(), number).batches(),
  ]) {
    const unused = streamOf()
    t.deepEqual(await unused.return(undefined), { done: true, value: undefined })
    t.deepEqual(await unused.next(), { done: true, value: undefined })
    const waiting = streamOf()
    const pending = waiting.next()
    await new Promise((resolve) => setImmediate(resolve))
    t.is(open(), 1)
    t.deepEqual(await Promise.all([waiting.return(undefined), pending, waiting.return(undefined)]), [
      { done: true, value: undefined },
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
    t.is(open(), 0)
  }
})

test('an abort drops what was read, and every later call rejects with the signal’s own reason', async (t) => {
  const kernel = new FakeKernel(() => [concat([part(1), part(2), part(3)]), done()])
  const stop = new AbortController()
  const listing = connect(kernel).dump(request(), number, { signal: stop.signal })
  t.is((await listing.next()).value, 1)
  stop.abort('enough')
  for (const call of [() => listing.next(), () => listing.toArray(), () => listing.next()]) {
    t.is(await (call() as Promise<unknown>).catch((reason) => reason), 'enough')
  }
  t.deepEqual(await listing.return(), { done: true, value: undefined })
})

test.serial(
  'a dump whose datagrams another thread reads settles when it is aborted, and times out',
  async (t) => {
    const large = concat(Array.from({ length: 1000 }, (_, i) => part(i)))
    const kernel = new FakeKernel(() => [large, large, large, large])
    const connection = connect(kernel, 50)
    const stop = new AbortController()
    const { receiveMany } = FakeKernel.prototype
    FakeKernel.prototype.receiveMany = () => new Promise(() => {})
    t.teardown(() => {
      FakeKernel.prototype.receiveMany = receiveMany
    })
    const aborted = connection.dump(request(), number, { signal: stop.signal }).toArray()
    await new Promise((resolve) => setImmediate(resolve))
    stop.abort('enough')
    t.is(await aborted.catch((reason) => reason), 'enough')
    await t.throwsAsync(connection.dump(request(), number).toArray(), { instanceOf: TimeoutError })
  },
)

test('a listing whose datagrams were dropped is read again', async (t) => {
  let runs = 0
  const kernel = new FakeKernel(() => (runs++ === 0 ? [part(1), 'ENOBUFS'] : [part(1), part(2), done()]))
  t.deepEqual(await connect(kernel).dump(request(), number).toArray(), [1, 2])
})

test('return, an abort and a close at any moment give what they stand for, and nothing empty', async (t) => {
  for (const way of ['return', 'abort', 'close'] as const) {
    for (let ticks = 0; ticks < 12; ticks++) {
      const connection = connect(new FakeKernel(() => [part(1), part(2), done()]))
      const stop = new AbortController()
      const listing = connection.dump(request(), number, { signal: stop.signal })
      const next = listing.next().catch((error) => error)
      for (let i = 0; i < ticks; i++) await null
      if (way === 'return') await listing.return()
      else if (way === 'abort') stop.abort('enough')
      else connection.close()
      const result = await next
      const told =
        way === 'return'
          ? result?.done
          : way === 'abort'
            ? result === 'enough'
            : result instanceof ClosedError
      t.true(told || result?.value === 1, `${way} after ${ticks}: ${JSON.stringify(result)}`)
    }
  }
})
