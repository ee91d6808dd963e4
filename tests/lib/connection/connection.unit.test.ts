import test from 'ava'
import { ClosedError, type Connection, type Read, TimeoutError } from '../../../lib/connection/index.js'
import { ACK_COST } from '../../../lib/connection/limits.js'
import { SystemError } from '../../../lib/errors.js'
import {
  acknowledge,
  acknowledgeIfAsked,
  FakeKernel,
  type FakeRequest,
  message,
  refuse,
  reply,
} from '../../../lib/testing/index.js'
import { EncodeError, type ErrnoName, messageFlag } from '../../../protocol/index.js'
import { connect, number, numbers, payload, request, whole } from '../../helpers/test-message.js'

const nextImmediate = () => new Promise((resolve) => setImmediate(resolve))
const count = (n: number) => Array.from({ length: n }, (_, i) => i)

test('requests of one tick are sent at once, in their order; only the last asks for an ACK', async (t) => {
  const kernel = new FakeKernel()
  const connection = connect(kernel)
  await Promise.all([1, 2, 3].map((n) => connection.request(request(n))))
  t.deepEqual(kernel.batches, [3])
  t.deepEqual(numbers(kernel), [1, 2, 3])
  t.deepEqual(
    kernel.requests.map(({ flags }) => flags),
    [messageFlag.request, messageFlag.request, messageFlag.request | messageFlag.ack],
  )
})

test('a batch has no more requests than the receive buffer holds refusals', async (t) => {
  const kernel = new FakeKernel()
  kernel.receiveBuffer = 212_992
  const connection = connect(kernel)
  await Promise.all(count(1000).map((n) => connection.request(request(n))))
  t.is(kernel.requests.length, 1000)
  t.true(Math.max(...kernel.batches) <= 212_992 / ACK_COST)
})

test('each promise settles with its own result, in order: requests without an error succeed', async (t) => {
  const kernel = new FakeKernel(() => [])
  const connection = connect(kernel)
  const settled: number[] = []
  const all = count(5).map((n) => {
    const promise = connection.request(request(n))
    promise.then(
      () => settled.push(n),
      () => settled.push(n),
    )
    return promise
  })
  await nextImmediate()
  const [, b, , d, e] = kernel.requests
  if (!b || !d || !e) return t.fail()
  kernel.deliver(refuse(b, 'EEXIST'), refuse(d, 'ENODEV'), acknowledge(e))
  const results = await Promise.allSettled(all)
  t.deepEqual(
    results.map((result) => (result.status === 'rejected' ? result.reason.code : 'done')),
    ['done', 'EEXIST', 'done', 'ENODEV', 'done'],
  )
  t.deepEqual(settled, [0, 1, 2, 3, 4])
})

test('a reply settles the requests before it', async (t) => {
  const kernel = new FakeKernel((one) => (one.type === 101 ? [reply(one, 102, payload(42))] : []))
  const connection = connect(kernel)
  const results = await Promise.all([
    connection.request(request(1)),
    connection.query(request(2, { type: 101 }), whole),
  ])
  t.deepEqual(results, [undefined, { n: 42 }])
})

test('a query that a later answer overtakes fails: the kernel has no reply to it', async (t) => {
  const connection = connect(new FakeKernel())
  const results = await Promise.allSettled([
    connection.query(request(1), whole),
    connection.request(request(2)),
  ])
  t.like(results[0], { reason: { code: 'ENOMSG' } })
  t.is(results[1].status, 'fulfilled')
})

test('only messages of the kernel count as answers', async (t) => {
  const kernel = new FakeKernel(({ sequence }) => [
    { bytes: refuse({ sequence }, 'EEXIST'), port: 4711 },
    refuse({ sequence: sequence + 1 }, 'EEXIST'),
    acknowledge({ sequence }),
  ])
  await t.notThrowsAsync(connect(kernel).request(request()))
})

test('a value that cannot be encoded rejects its own request, and leaves nothing in the batch', async (t) => {
  const kernel = new FakeKernel()
  const connection = connect(kernel)
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
  t.deepEqual(numbers(kernel), [1, 3])
})

test('a reply is decoded', async (t) => {
  const kernel = new FakeKernel((one) => [reply(one, 101, payload(42))])
  t.deepEqual(await connect(kernel).query(request(), whole), { n: 42 })
  t.deepEqual(
    kernel.requests.map(({ flags }) => flags),
    [messageFlag.request],
  )
})

test('a reply that cannot be decoded rejects its own request only', async (t) => {
  const malformed = Uint8Array.of(1, 0, 0, 0, 255, 0, 1, 0)
  const kernel = new FakeKernel((one) => [reply(one, 101, one.payload[0] === 1 ? malformed : payload(42))])
  const connection = connect(kernel)
  const [bad, good] = await Promise.allSettled([
    connection.query(request(1), whole),
    connection.query(request(2), whole),
  ])
  t.like(bad, { reason: { code: 'ERR_NETLINK_DECODE' } })
  t.like(good, { value: { n: 42 } })
})

for (const first of ['EINTR', 'ENOBUFS'] as const) {
  test(`receiving continues after ${first} when the answer has arrived`, async (t) => {
    await t.notThrowsAsync(connect(new FakeKernel((one) => [first, acknowledge(one)])).request(request()))
  })
}

test('a send that is interrupted is repeated; another failure rejects all requests of the batch', async (t) => {
  const kernel = new FakeKernel()
  const connection = connect(kernel)
  kernel.sendErrors.push('EINTR')
  await t.notThrowsAsync(connection.request(request()))
  kernel.sendErrors.push('ENOBUFS')
  const results = await Promise.allSettled([connection.request(request(1)), connection.request(request(2))])
  for (const result of results)
    t.like(result, { status: 'rejected', reason: { code: 'ENOBUFS', name: 'SystemError' } })
  await t.notThrowsAsync(connection.request(request()))
})

test('after ENOBUFS, requests without an answer of their own fail; the next batch is not affected', async (t) => {
  let lossy = true
  const kernel = new FakeKernel((one) => {
    const ack = one.flags & messageFlag.ack ? [acknowledge(one)] : []
    return one.payload[0] === 2 && lossy ? ['ENOBUFS', ...ack] : ack
  })
  const connection = connect(kernel)
  const codes = async () =>
    (await Promise.allSettled([1, 2, 3].map((n) => connection.request(request(n))))).map((result) =>
      result.status === 'rejected' ? (result.reason as SystemError).code : 'done',
    )
  t.deepEqual(await codes(), ['ENOBUFS', 'ENOBUFS', 'done'])
  lossy = false
  t.deepEqual(await codes(), ['done', 'done', 'done'])
})

for (const code of ['ENOBUFS', 'EBADF'] satisfies ErrnoName[]) {
  test(`${code} while receiving rejects the unanswered requests`, async (t) => {
    await t.throwsAsync(connect(new FakeKernel(() => [code])).request(request()), {
      instanceOf: SystemError,
      code,
    })
  })
}

test('without an answer a request times out; a late answer does not disturb the next request', async (t) => {
  let silent = true
  const kernel = new FakeKernel(({ sequence }) =>
    silent ? [] : [refuse({ sequence: sequence - 1 }, 'EPERM'), acknowledge({ sequence })],
  )
  const connection = connect(kernel, 20)
  await t.throwsAsync(connection.request(request()), {
    instanceOf: TimeoutError,
    message: /TEST: no answer within 20 ms/,
  })
  silent = false
  await t.notThrowsAsync(connection.request(request()))
})

test('closing rejects requests that are encoded, in flight or made later', async (t) => {
  const kernel = new FakeKernel(() => [])
  const connection = connect(kernel)
  const sent = connection.request(request(1))
  await nextImmediate()
  const queued = connection.request(request(2))
  connection.close()
  for (const promise of [sent, queued, connection.request(request(3))])
    await t.throwsAsync(promise, { instanceOf: ClosedError })
  t.true(kernel.closed)
})

test('an aborted request that is not sent is rejected at once and never sent', async (t) => {
  const kernel = new FakeKernel()
  const connection = connect(kernel)
  const stop = new AbortController()
  const all = [
    connection.request(request(1)),
    connection.request(request(2), { signal: stop.signal }),
    connection.request(request(3)),
  ]
  stop.abort(new Error('enough'))
  const results = await Promise.allSettled(all)
  t.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  t.deepEqual(numbers(kernel), [1, 3])
  const sequences = kernel.requests.map(({ sequence }) => sequence)
  t.is(sequences[1], (sequences[0] ?? 0) + 1)
})

test('an aborted request in flight rejects at once, and others are not affected', async (t) => {
  const kernel = new FakeKernel((one) => (one.payload[0] === 1 ? [] : [acknowledge(one)]))
  const connection = connect(kernel, 50)
  const stop = new AbortController()
  const silent = connection.request(request(1), { signal: stop.signal })
  await nextImmediate()
  stop.abort(new Error('enough'))
  await t.throwsAsync(silent, { message: 'enough' })
  await connection.request(request(2))
  await t.throwsAsync(connection.request(request(3), { signal: stop.signal }), { message: 'enough' })
  t.deepEqual(numbers(kernel), [1, 2])
})

test('a builder is called when earlier requests that change names are answered', async (t) => {
  const order: string[] = []
  const kernel = new FakeKernel((one) => {
    order.push(`sent ${one.payload[0]}`)
    return one.flags & messageFlag.ack ? [acknowledge(one)] : []
  })
  const connection = connect(kernel)
  const build = (n: number) => () => {
    order.push(`built ${n}`)
    return request(n)
  }
  await Promise.all([
    connection.request(build(1), { usesNames: true }),
    connection.request(request(2, { changesNames: true })),
    connection.request(build(3)),
    connection.request(build(4), { usesNames: true }),
    connection.request(request(5)),
  ])
  t.deepEqual(order, ['built 1', 'built 3', 'sent 1', 'sent 2', 'sent 3', 'built 4', 'sent 4', 'sent 5'])
})

test('an exception of a builder rejects its own request only', async (t) => {
  const kernel = new FakeKernel()
  const connection = connect(kernel)
  const failing = connection.request(() => {
    throw new Error('no such link')
  })
  const other = connection.request(request(2))
  await t.throwsAsync(failing, { message: 'no such link' })
  await other
  t.deepEqual(numbers(kernel), [2])
})

test('release is called once, when the request was answered or dropped', async (t) => {
  const kernel = new FakeKernel((one) => (one.payload[0] === 9 ? [] : [acknowledge(one)]))
  const connection = connect(kernel, 20)
  const released: string[] = []
  const ask = (name: string, what: () => ReturnType<typeof request>, signal?: AbortSignal) =>
    connection.request(what, { signal, release: () => released.push(name) }).catch(() => {})
  const stop = new AbortController()
  const answered = ask('answered', () => request(1))
  const dropped = ask('dropped', () => request(2), stop.signal)
  const failing = ask('failing', () => {
    throw new Error('bad')
  })
  t.deepEqual(released, ['failing'])
  stop.abort()
  t.deepEqual(released, ['failing', 'dropped'])
  await Promise.all([answered, dropped, failing])
  t.deepEqual(released, ['failing', 'dropped', 'answered'])
  await ask('silent', () => request(9))
  connection.close()
  await ask('late', () => request(3))
  t.deepEqual(released, ['failing', 'dropped', 'answered', 'silent', 'late'])
})

const numberAt = (bytes: Uint8Array) => (bytes[0] ?? 0) + (bytes[1] ?? 0) * 256

test('large batches are pipelined, and each promise has its own answer', async (t) => {
  const kernel = new FakeKernel((one) => {
    if (numberAt(one.payload) % 1000 === 7) return [refuse(one, 'EEXIST')]
    return one.flags & messageFlag.ack ? [acknowledge(one)] : []
  })
  kernel.receiveBuffer = 1 << 26
  const connection = connect(kernel)
  const all = await Promise.allSettled(count(40_000).map((n) => connection.request(request(n))))
  t.true(kernel.batches.length >= 3 && kernel.batches.length <= 6, String(kernel.batches))
  const refused = all.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))
  t.deepEqual(
    refused,
    count(40).map((i) => i * 1000 + 7),
  )
  t.deepEqual(
    kernel.requests.map((one) => numberAt(one.payload)),
    count(40_000),
  )
})

test('closing while large batches are pipelined rejects all unanswered requests', async (t) => {
  const connection = connect(new FakeKernel())
  const all = count(40_000).map((n) => connection.request(request(n)))
  connection.close()
  const settled = await Promise.allSettled(all)
  t.true(settled.every((one) => one.status === 'rejected' && one.reason instanceof ClosedError))
})

test('blocking requests are sent in batches of their own, in call order', async (t) => {
  const kernel = new FakeKernel()
  const connection = connect(kernel)
  await Promise.all(
    [request(1), request(2), request(3, { blocking: true }), request(4, { blocking: true }), request(5)].map(
      (one) => connection.request(one),
    ),
  )
  t.deepEqual(kernel.batches, [2, 1, 1, 1])
  t.deepEqual(numbers(kernel), [1, 2, 3, 4, 5])
})

test('the index of a link comes from the transport', (t) => {
  const connection = connect(new FakeKernel())
  t.is(connection.linkIndex('lo'), 1)
  t.is(connection.linkIndex('none'), -19)
})

test('other messages that carry a sequence number are ignored', async (t) => {
  const kernel = new FakeKernel((one) => [message(1, 0, one.sequence, new Uint8Array(0)), acknowledge(one)])
  await t.notThrowsAsync(connect(kernel).request(request()))
})

test('requests made by a builder or while a builder runs are sent after it', async (t) => {
  const kernel = new FakeKernel()
  const connection: Connection = connect(kernel)
  let inner: Promise<void> | undefined
  const outer = connection.request(() => {
    inner = connection.request(request(2))
    return request(1)
  })
  await outer
  await inner
  t.deepEqual(numbers(kernel), [1, 2])
})

test('timeouts count while a thread sends, and concern what waits behind it as well', async (t) => {
  const kernel = new FakeKernel()
  let finish = () => {}
  kernel.sendAsync = (data) =>
    new Promise((resolve) => {
      finish = () => resolve(kernel.send(data))
    })
  let released = 0
  const connection = connect(kernel, 30)
  const release = () => {
    released++
  }
  const stuck = connection.request(request(1, { blocking: true }), { release })
  await nextImmediate()
  const behind = connection.request(request(2))
  await t.throwsAsync(stuck, { instanceOf: TimeoutError })
  t.is(released, 0, 'the thread may still use the files')
  await t.throwsAsync(behind, { instanceOf: TimeoutError })
  await t.throwsAsync(connection.dump(request(3), number).toArray(), { instanceOf: TimeoutError })
  finish()
  await nextImmediate()
  t.is(released, 1)
  await connection.request(request(4))
  t.deepEqual(numbers(kernel), [1, 4])
})

test('an answer that is longer than the memory concerns its own question, which is asked again', async (t) => {
  const long = (one: FakeRequest) => reply(one, 102, new Uint8Array(600_000))
  const kernel = new FakeKernel((one) => (one.type === 101 ? [long(one)] : acknowledgeIfAsked(one)))
  const connection = connect(kernel)
  const length: Read<number> = (_view, _at, size) => size
  const [, size] = await Promise.all([
    connection.request(request(1)),
    connection.query(request(2, { type: 101 }), length),
    connection.request(request(3)),
  ])
  t.is(size, 600_000)
  t.deepEqual(numbers(kernel), [1, 2, 3, 2])
})

test('many requests may share a signal: no warning, and its own reason', async (t) => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  const kernel = new FakeKernel(() => [])
  const connection = connect(kernel)
  const stop = new AbortController()
  const options = { signal: stop.signal }
  const all = Array.from({ length: 100 }, (_, n) => connection.request(request(n), options))
  const listing = connection.dump(request(), number, options).toArray()
  await nextImmediate()
  stop.abort('enough')
  const results = await Promise.allSettled([...all, listing])
  t.true(results.every((one) => one.status === 'rejected' && one.reason === 'enough'))
  await nextImmediate()
  t.deepEqual(warnings, [])
})

test('after close, every call rejects with ClosedError', async (t) => {
  const connection = connect(new FakeKernel())
  connection.close()
  const calls = [
    connection.request(request()),
    connection.query(request(), number),
    connection.dump(request(), number).next(),
    connection.dump(request(), number).toArray(),
    connection.dump(request(), number).batches().next(),
    connection.bulk([], () => request()),
    connection.bulk([1], () => request()),
    connection.bulkByPromises([], async () => {}),
    connection.transact(request(), [], request()),
  ]
  for (const [i, call] of calls.entries()) {
    await t.throwsAsync(call as Promise<unknown>, { instanceOf: ClosedError }, `call ${i}`)
  }
  t.throws(() => connection.subscribe([1]), { instanceOf: ClosedError })
  t.throws(() => connection.keepPlace(), { instanceOf: ClosedError })
})

test('a refusal is described from what was sent, although the caller’s object has changed', async (t) => {
  const kernel = new FakeKernel((one) => [refuse(one, 'EEXIST')])
  const connection = connect(kernel)
  const value = { n: 7 }
  const codecOnce = request().codec
  const failing = connection.request({ ...request(), codec: codecOnce, value })
  const neighbour = connection.request(request(8))
  value.n = undefined as never
  await t.throwsAsync(neighbour, { code: 'EEXIST' })
  const error = await failing.catch((reason) => reason)
  t.is(error.code, 'EEXIST')
  t.like(error.request.value, { n: 7 })
})

test('a codec that asks for more while an answer is read does not disturb the reading', async (t) => {
  const kernel = new FakeKernel((one) => [reply(one, 102, payload(5)), acknowledge(one)])
  const connection = connect(kernel)
  const more: Promise<unknown>[] = []
  const asking: Read<number> = (...message) => {
    for (let i = 0; i < 3; i++) more.push(connection.request(request(i)))
    return number(...message)
  }
  t.is(await connection.query(request(1), asking), 5)
  t.is((await Promise.all(more)).length, 3)
})

test('a question is asked again by the bytes that were sent', async (t) => {
  const value: { n: unknown } = { n: 7 }
  let lost = true
  const kernel = new FakeKernel((one) => {
    if (!lost) return [reply(one, 102, payload(1))]
    lost = false
    value.n = 'junk'
    return ['ENOBUFS']
  })
  const connection = connect(kernel)
  t.is(await connection.query({ ...request(), value }, number), 1)
  t.deepEqual(numbers(kernel), [7, 7])
})

test('what a waiting request was asked for is kept, of any class; what cannot be copied fails alone', async (t) => {
  const kernel = new FakeKernel()
  const connection = connect(kernel)
  class Spec {
    n = 5
    get twice() {
      return this.n * 2
    }
  }
  const spec = new Spec()
  const build = (own: Spec) => request(own.twice)
  const all = [
    connection.request(request(1, { changesNames: true })),
    connection.request(build, { usesNames: true }, spec),
    connection.request(build, { usesNames: true }, {
      get n(): number {
        throw new Error('no')
      },
      twice: 0,
    } as Spec),
    connection.request(request(3)),
  ]
  spec.n = 50
  const results = await Promise.allSettled(all)
  t.deepEqual(
    results.map((one) => (one.status === 'rejected' ? one.reason.message : 'done')),
    ['done', 'done', 'no', 'done'],
  )
  t.deepEqual(numbers(kernel), [1, 10, 3])
})
