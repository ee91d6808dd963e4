import test from 'ava'
import {
  ClosedError,
  Connection,
  DumpInterruptedError,
  NetlinkError,
  type Read,
  type Request,
  TimeoutError,
} from '../../../lib/connection/index.js'
import { SystemError } from '../../../lib/errors.js'
import { attributes, EncodeError, message, struct, u32, Writer } from '../../../protocol/index.js'
import { acknowledge, type Delivery, datagram, FakeKernel } from '../../helpers/fake-kernel.js'

const codec = message(struct({ n: u32 }), attributes({ more: [1, u32] }))
const request = (n = 0, more: Partial<Request> = {}): Request => ({
  type: 100,
  name: 'TEST',
  codec,
  value: { n },
  ...more,
})
const payload = (n: number) => {
  const out = new Writer()
  codec.encode(out, { n }, {})
  return out.written()
}

const whole: Read<{ n: number }> = (view, at, length) => codec.decode(view, at, length, {})
const number: Read<number> = (view, at, length) => whole(view, at, length).n

function connect(kernel: FakeKernel, timeout = 1000) {
  const opened: FakeKernel[] = []
  const connection = new Connection({
    open: () => {
      const socket = opened.length === 0 ? kernel : new FakeKernel(kernel.answer)
      opened.push(socket)
      return socket
    },
    timeout,
  })
  return { connection, opened }
}

test('what is asked in one tick leaves in one send, in its order', async (t) => {
  const kernel = new FakeKernel()
  const { connection } = connect(kernel)
  await Promise.all([1, 2, 3].map((n) => connection.request(request(n))))
  t.deepEqual(kernel.windows, [3])
  t.deepEqual(
    kernel.arrived.map(({ payload }) => payload[0]),
    [1, 2, 3],
  )
  t.deepEqual(
    kernel.arrived.map(({ flags }) => flags),
    [5, 5, 5],
  )
})

test('a window is never larger than what its acknowledgements may take of the receive buffer', async (t) => {
  const kernel = new FakeKernel()
  kernel.receiveBuffer = 212_992
  const { connection } = connect(kernel)
  await Promise.all(Array.from({ length: 1000 }, (_, n) => connection.request(request(n))))
  t.is(kernel.arrived.length, 1000)
  t.true(Math.max(...kernel.windows) <= 256)
})

test('each promise settles with its own result, whatever the order of the answers', async (t) => {
  const kernel = new FakeKernel(() => [])
  const { connection } = connect(kernel)
  const all = [1, 2, 3].map((n) => connection.request(request(n)))
  await new Promise((resolve) => setImmediate(resolve))
  const [a, b, c] = kernel.arrived.map(({ sequence }) => sequence) as [number, number, number]
  kernel.deliver({ bytes: acknowledge(c) }, { bytes: acknowledge(b, 17) }, { bytes: acknowledge(a) })
  const results = await Promise.allSettled(all)
  t.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  t.like(results[1], { reason: { code: 'EEXIST' } })
})

test('only the kernel is believed', async (t) => {
  const kernel = new FakeKernel(({ sequence }) => [
    { bytes: acknowledge(sequence, 17), port: 4711 },
    { bytes: acknowledge(sequence + 1, 17) },
    { bytes: acknowledge(sequence) },
  ])
  const { connection } = connect(kernel)
  await t.notThrowsAsync(connection.request(request()))
})

test('a value that cannot be sent is rejected alone and leaves no trace in the window', async (t) => {
  const kernel = new FakeKernel()
  const { connection } = connect(kernel)
  const results = await Promise.allSettled([
    connection.request(request(1)),
    connection.request({ ...request(), value: { n: 2, more: -1 } }),
    connection.request(request(3)),
  ])
  t.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  t.true((results[1] as PromiseRejectedResult).reason instanceof EncodeError)
  t.deepEqual(
    kernel.arrived.map(({ payload }) => payload[0]),
    [1, 3],
  )
})

test('an answer with content is decoded', async (t) => {
  const kernel = new FakeKernel(({ sequence }) => [{ bytes: datagram(101, 0, sequence, payload(42)) }])
  const { connection } = connect(kernel)
  t.deepEqual(await connection.query(request(), whole), { n: 42 })
  t.deepEqual(
    kernel.arrived.map(({ flags }) => flags),
    [1],
  )
})

test('an answer that cannot be decoded rejects its own request only', async (t) => {
  const kernel = new FakeKernel(({ sequence }) => [
    { bytes: datagram(101, 0, sequence, Uint8Array.of(1, 0, 0, 0, 255, 0, 1, 0)) },
  ])
  const { connection } = connect(kernel)
  await t.throwsAsync(connection.query(request(), whole), { code: 'ERR_NETLINK_DECODE' })
  kernel.deliveries.length = 0
})

for (const [what, first] of [
  ['EINTR', -4],
  ['ENOBUFS with the answer behind it', -105],
] as const) {
  test(`receiving goes on after ${what}`, async (t) => {
    const kernel = new FakeKernel(({ sequence }) => [first, { bytes: acknowledge(sequence) }])
    await t.notThrowsAsync(connect(kernel).connection.request(request()))
  })
}

test('sending is tried again after EINTR, and fails for all of the window otherwise', async (t) => {
  const kernel = new FakeKernel()
  const { connection } = connect(kernel)
  kernel.sends.push(-4)
  await t.notThrowsAsync(connection.request(request()))
  kernel.sends.push(-105)
  const results = await Promise.allSettled([connection.request(request(1)), connection.request(request(2))])
  for (const result of results)
    t.like(result, { status: 'rejected', reason: { code: 'ENOBUFS', name: 'SystemError' } })
  await t.notThrowsAsync(connection.request(request()))
})

test('answers that were dropped are said: ENOBUFS', async (t) => {
  const kernel = new FakeKernel(() => [-105])
  await t.throwsAsync(connect(kernel).connection.request(request()), {
    instanceOf: SystemError,
    code: 'ENOBUFS',
  })
})

test('a socket that was closed behind our back is said: EBADF', async (t) => {
  const kernel = new FakeKernel(() => [-9])
  await t.throwsAsync(connect(kernel).connection.request(request()), {
    instanceOf: SystemError,
    code: 'EBADF',
  })
})

test('an answer that never comes is a timeout; the next request is not disturbed by a late one', async (t) => {
  let silent = true
  const kernel = new FakeKernel(({ sequence }) =>
    silent ? [] : [{ bytes: acknowledge(sequence - 1, 1) }, { bytes: acknowledge(sequence) }],
  )
  const { connection } = connect(kernel, 20)
  await t.throwsAsync(connection.request(request()), {
    instanceOf: TimeoutError,
    message: /TEST: no answer within 20 ms/,
  })
  silent = false
  await t.notThrowsAsync(connection.request(request()))
})

test('closing rejects what is encoded, what is sent and what is asked later', async (t) => {
  const kernel = new FakeKernel(() => [])
  const { connection } = connect(kernel)
  const sent = connection.request(request(1))
  await new Promise((resolve) => setImmediate(resolve))
  const queued = connection.request(request(2))
  connection.close()
  for (const promise of [sent, queued, connection.request(request(3))])
    await t.throwsAsync(promise, { instanceOf: ClosedError })
  t.true(kernel.closed)
})

test('an abort while it is in flight ends the wait, and disturbs nobody', async (t) => {
  const kernel = new FakeKernel(({ payload, sequence }) =>
    payload[0] === 1 ? [] : [{ bytes: acknowledge(sequence) }],
  )
  const { connection } = connect(kernel, 50)
  const stop = new AbortController()
  const silent = connection.request(request(1), { signal: stop.signal })
  await new Promise((resolve) => setImmediate(resolve))
  stop.abort(new Error('enough'))
  await t.throwsAsync(silent, { message: 'enough' })
  await connection.request(request(2))
  await t.throwsAsync(connection.request(request(3), { signal: stop.signal }), { message: 'enough' })
  t.deepEqual(
    kernel.arrived.map(({ payload }) => payload[0]),
    [1, 2],
  )
})

test('large windows follow one another closely: each promise has its own answer all the same', async (t) => {
  const kernel = new FakeKernel(({ payload, sequence }) => {
    const n = (payload[0] ?? 0) + (payload[1] ?? 0) * 256
    return [{ bytes: acknowledge(sequence, n % 1000 === 7 ? 17 : 0) }]
  })
  kernel.receiveBuffer = 1 << 26
  const { connection } = connect(kernel)
  const all = await Promise.allSettled(
    Array.from({ length: 40_000 }, (_, n) => connection.request(request(n))),
  )
  t.true(kernel.windows.length >= 3 && kernel.windows.length <= 6, String(kernel.windows))
  const refused = all.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))
  t.deepEqual(
    refused,
    Array.from({ length: 40 }, (_, i) => i * 1000 + 7),
  )
  t.deepEqual(
    kernel.arrived.map(({ payload }) => (payload[0] ?? 0) + (payload[1] ?? 0) * 256),
    Array.from({ length: 40_000 }, (_, n) => n),
  )
})

test('closing while large windows follow one another rejects all that has no answer', async (t) => {
  const { connection } = connect(new FakeKernel())
  const all = Array.from({ length: 40_000 }, (_, n) => connection.request(request(n)))
  connection.close()
  const settled = await Promise.allSettled(all)
  t.true(settled.every((one) => one.status === 'rejected' && one.reason instanceof ClosedError))
})

test('what is slow travels alone and in its place', async (t) => {
  const kernel = new FakeKernel()
  const { connection } = connect(kernel)
  await Promise.all(
    [request(1), request(2), request(3, { blocking: true }), request(4, { blocking: true }), request(5)].map(
      (one) => connection.request(one),
    ),
  )
  t.deepEqual(kernel.windows, [2, 2, 1])
  t.deepEqual(
    kernel.arrived.map(({ payload }) => payload[0]),
    [1, 2, 3, 4, 5],
  )
})

const done = (flags = 2) => ({ bytes: datagram(3, flags, 1, new Uint8Array(4)) })
const part = (n: number, flags = 2) => ({ bytes: datagram(101, flags, 1, payload(n)) })

test('a dump gives its elements, and its socket back', async (t) => {
  const { connection, opened } = connect(new FakeKernel(() => [part(1), part(2), done()]))
  t.deepEqual(await connection.dump(request(), number).toArray(), [1, 2])
  const notOne: Read<number | undefined> = (...where) =>
    number(...where) === 1 ? undefined : number(...where)
  t.deepEqual(await connection.dump(request(), notOne).toArray(), [2])
  t.is(opened.length, 2)
})

test('a dump gives its elements in batches, as they come', async (t) => {
  const both = { bytes: Buffer.concat([part(1).bytes, part(2).bytes]) }
  const { connection, opened } = connect(new FakeKernel(() => [both, part(3), done()]))
  const batches: number[][] = []
  for await (const batch of connection.dump(request(), number).batches()) batches.push(batch)
  t.deepEqual(batches, [[1, 2], [3]])
  for await (const _ of connection.dump(request(), number).batches()) break
  t.true(opened[1]?.closed)
})

test('large datagrams are read one ahead by another thread: nothing is lost, repeated or left behind', async (t) => {
  const large = (first: number) => ({
    bytes: Buffer.concat(Array.from({ length: 1000 }, (_, i) => part(first + i).bytes)),
  })
  const firsts = Array.from({ length: 10 }, (_, i) => i * 1000)
  const { connection, opened } = connect(new FakeKernel(() => [...firsts.map(large), -4, done()]))
  const everything = Array.from({ length: 10_000 }, (_, i) => i)
  t.deepEqual(await connection.dump(request(), number).toArray(), everything)
  const streamed: number[] = []
  for await (const n of connection.dump(request(), number)) streamed.push(n)
  t.deepEqual(streamed, everything)
  t.is(opened.length, 2, 'the socket was clean')
  for await (const n of connection.dump(request(), number)) if (n === 5500) break
  t.true(opened[1]?.closed)
})

test('a dump that is left half-way takes its socket with it', async (t) => {
  const { connection, opened } = connect(new FakeKernel(() => [part(1), part(2), part(3), done()]))
  for await (const { n } of connection.dump(request(), whole)) if (n === 1) break
  t.true(opened[1]?.closed)
  t.deepEqual(await connection.dump(request(), number).toArray(), [1, 2, 3])
})

test('an array is read anew when it changed meanwhile, a bounded number of times', async (t) => {
  let interruptions = 2
  const answer = (): Delivery[] =>
    interruptions-- > 0 ? [part(1), part(2, 0x12), done(0x12)] : [part(3), done()]
  const { connection } = connect(new FakeKernel(answer))
  t.deepEqual(await connection.dump(request(), number).toArray(), [3])
  interruptions = Number.POSITIVE_INFINITY
  const error = await t.throwsAsync(connection.dump(request(), number).toArray(), {
    instanceOf: DumpInterruptedError,
  })
  t.deepEqual(error?.partial, [1, 2])
  t.regex(error?.message ?? '', /TEST: changed while it was read, \d+ times in a row/)
})

test('a stream says at its end that it was interrupted', async (t) => {
  const { connection } = connect(new FakeKernel(() => [part(1, 0x12), part(2), done()]))
  const seen: number[] = []
  await t.throwsAsync(
    async () => {
      for await (const { n } of connection.dump(request(), whole)) seen.push(n)
    },
    { instanceOf: DumpInterruptedError },
  )
  t.deepEqual(seen, [1, 2])
})

test('a dump that is refused, at its beginning or its end, is a NetlinkError', async (t) => {
  const refused = connect(new FakeKernel(() => [{ bytes: acknowledge(1, 22) }])).connection
  await t.throwsAsync(refused.dump(request(), whole).toArray(), {
    instanceOf: NetlinkError,
    code: 'EINVAL',
  })
  const late = new Uint8Array(4)
  new DataView(late.buffer).setInt32(0, -1, true)
  const { connection } = connect(new FakeKernel(() => [part(1), { bytes: datagram(3, 2, 1, late) }]))
  const dump = connection.dump(request(), whole)
  t.deepEqual(await dump.next(), { done: false, value: { n: 1 } })
  await t.throwsAsync(dump.next(), { instanceOf: NetlinkError, code: 'EPERM' })
})

test('a dump waits for what is not there yet, and not for ever', async (t) => {
  const silent = connect(new FakeKernel(() => []), 20).connection
  await t.throwsAsync(silent.dump(request(), whole).toArray(), { instanceOf: TimeoutError })
  const { connection, opened } = connect(new FakeKernel(() => []))
  const all = connection.dump(request(), number).toArray()
  await new Promise((resolve) => setTimeout(resolve, 5))
  opened[1]?.deliver(part(7), done())
  t.deepEqual(await all, [7])
})

test('closing ends the dumps that are under way', async (t) => {
  const { connection, opened } = connect(new FakeKernel(() => [part(1)]))
  const dump = connection.dump(request(), whole)
  await dump.next()
  const waiting = dump.next()
  await new Promise((resolve) => setTimeout(resolve, 5))
  connection.close()
  await t.throwsAsync(waiting, { instanceOf: ClosedError })
  t.true(opened.every(({ closed }) => closed))
})

test('a datagram that is larger than the memory is read anew into a larger one', async (t) => {
  const large = Buffer.concat(Array.from({ length: 20_000 }, (_, n) => datagram(101, 2, 1, payload(n))))
  const { connection, opened } = connect(new FakeKernel(() => [{ bytes: large }, done()]))
  t.is((await connection.dump(request(), whole).toArray()).length, 20_000)
  t.is(opened[1]?.arrived.length, 1)
  t.is(opened[2]?.arrived.length, 1)
})

test('a dump ends by its signal, before it begins and in the middle', async (t) => {
  const { connection, opened } = connect(new FakeKernel(() => [part(1)]))
  const stop = new AbortController()
  const dump = connection.dump(request(), whole, { signal: stop.signal })
  await dump.next()
  const waiting = dump.next()
  setTimeout(() => stop.abort(new Error('enough')), 5)
  await t.throwsAsync(waiting, { message: 'enough' })
  t.true(opened[1]?.closed)
  await t.throwsAsync(connection.dump(request(), whole, { signal: stop.signal }).toArray(), {
    message: 'enough',
  })
})

test('a listener hears the kernel only, and says what it could not hear', (t) => {
  const kernel = new FakeKernel()
  const connection = new Connection({ open: () => kernel, timeout: 1000 })
  using listener = connection.subscribe([1, 5], { allNamespaces: true })
  t.deepEqual(kernel.groups, [1, 5])
  t.true(kernel.allNamespaces)
  const heard: number[] = []
  const read = () => listener.read((type) => heard.push(type))
  kernel.deliveries.push({ bytes: datagram(16, 0, 0, payload(1)), port: 4711 }, -105, -4, {
    bytes: datagram(17, 0, 0, payload(1)),
  })
  t.deepEqual(
    [read(), read(), read(), read(), read()],
    ['message', 'overrun', 'message', 'message', 'nothing'],
  )
  t.deepEqual(heard, [17])
})
