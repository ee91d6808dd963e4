import test from 'ava'
import { ClosedError } from '../../../lib/connection/index.js'
import { FakeKernel, message } from '../../../lib/testing/index.js'
import { connect, payload } from '../../helpers/test-message.js'

test('a subscription delivers messages of the kernel only, and reports an overrun', (t) => {
  const kernel = new FakeKernel()
  const connection = connect(kernel)
  using subscription = connection.subscribe([1, 5], { allNamespaces: true })
  const [, socket] = kernel.sockets
  t.deepEqual(socket?.groups, [1, 5])
  t.true(socket?.allNamespaces)
  const types: number[] = []
  const read = () => subscription.read((type) => types.push(type))
  const notification = (type: number) => message(type, 0, 0, payload(1))
  socket?.deliveries.push({ bytes: notification(16), port: 4711 }, 'ENOBUFS', 'EINTR', notification(17))
  t.deepEqual(
    [read(), read(), read(), read(), read()],
    ['message', 'overrun', 'message', 'message', 'nothing'],
  )
  t.deepEqual(types, [17])
})

test('a subscription waits until there is something to read', async (t) => {
  const kernel = new FakeKernel()
  using subscription = connect(kernel).subscribe([1])
  const waiting = subscription.readable()
  kernel.sockets[1]?.deliver(message(16, 0, 0, payload(1)))
  await waiting
  t.is(
    subscription.read(() => {}),
    'message',
  )
})

test('a signal and a close end a subscription', async (t) => {
  const kernel = new FakeKernel()
  const connection = connect(kernel)
  const stop = new AbortController()
  const first = connection.subscribe([1], { signal: stop.signal })
  const second = connection.subscribe([1])
  const waiting = second.readable()
  stop.abort(new Error('enough'))
  t.throws(() => first.read(() => {}), { message: 'enough' })
  connection.close()
  await waiting
  t.throws(() => second.read(() => {}), { instanceOf: ClosedError })
  t.throws(() => connection.subscribe([1]), { instanceOf: ClosedError })
  t.true(kernel.sockets.every(({ closed }) => closed))
})
