import test from 'ava'
import {
  ClosedError,
  Connection,
  NetlinkError,
  type Request,
  TransactionError,
} from '../../../lib/connection/index.js'
import {
  acknowledgeIfAsked,
  type Delivery,
  FakeKernel,
  type FakeRequest,
  refuse,
  reply,
} from '../../../lib/testing/index.js'
import { attributes, message, messageFlag, struct, u32, viewOf } from '../../../protocol/index.js'

const codec = message(struct({ n: u32 }), attributes({}))
const request = (n: number, more: Partial<Request> = {}): Request => ({
  type: 100,
  name: 'TEST',
  codec,
  value: { n },
  ...more,
})
const BEGIN = request(0, { type: 16 })
const END = request(0, { type: 17 })
const numberOf = ({ payload }: FakeRequest) => viewOf(payload).getUint32(0, true)

/** A kernel that refuses these numbers; `before` gives what it sends before the answer. */
function kernel(refused: readonly number[] = [], before: (request: FakeRequest) => Delivery[] = () => []) {
  return new FakeKernel((one) => [
    ...before(one),
    ...(one.type === 100 && refused.includes(numberOf(one))
      ? [refuse(one, 'EEXIST')]
      : acknowledgeIfAsked(one)),
  ])
}

const connect = (fake: FakeKernel) => new Connection({ open: () => fake, timeout: 100 })

test('a transaction is one send, between its begin and its end; only its last request asks for an ACK', async (t) => {
  const fake = kernel()
  await connect(fake).transact(BEGIN, [request(1), request(2), request(3)], END)
  t.deepEqual(fake.batches, [5])
  t.deepEqual(
    fake.requests.map(({ type }) => type),
    [16, 100, 100, 100, 17],
  )
  t.deepEqual(
    fake.requests.map(({ flags }) => (flags & messageFlag.ack) !== 0),
    [false, false, false, true, false],
  )
})

test('the error has each refusal with its index; a single request rejects with the refusal itself', async (t) => {
  const connection = connect(kernel([2, 4]))
  const error = await t.throwsAsync(
    connection.transact(
      BEGIN,
      [1, 2, 3, 4].map((n) => request(n)),
      END,
    ),
    {
      instanceOf: TransactionError,
      code: 'EEXIST',
      message: /refused 2 of 4 requests; the first is request 1: /,
    },
  )
  t.deepEqual(
    (error as TransactionError).failures.map(({ index }) => index),
    [1, 3],
  )
  await t.throwsAsync(connection.transact(BEGIN, [request(2)], END), { instanceOf: NetlinkError })
  await connection.transact(BEGIN, [request(5)], END)
})

test('a refusal of the begin rejects the transaction with it', async (t) => {
  const fake = new FakeKernel((one) => (one.type === 16 ? [refuse(one, 'EPERM')] : []))
  await t.throwsAsync(connect(fake).transact(BEGIN, [request(1), request(2)], END), {
    instanceOf: NetlinkError,
    code: 'EPERM',
  })
})

test('echoes are read from messages of the request’s own type only', async (t) => {
  const payload = (n: number) => Uint8Array.of(n, 0, 0, 0)
  const fake = kernel([], (one) =>
    one.type === 100 ? [reply(one, 100, payload(7)), reply(one, 101, payload(8))] : [],
  )
  const echo = (view: DataView, at: number) => view.getUint32(at, true)
  const echoes = await connect(fake).transact(
    BEGIN,
    [request(1, { echo }), request(2), request(3, { echo })],
    END,
  )
  t.deepEqual(echoes, [7, 7])
})

test('a send that fails, a timeout and a close reject the transaction', async (t) => {
  const failing = kernel()
  failing.sendErrors.push('ENOBUFS')
  await t.throwsAsync(connect(failing).transact(BEGIN, [request(1)], END), { code: 'ENOBUFS' })
  await t.throwsAsync(connect(new FakeKernel(() => [])).transact(BEGIN, [request(1)], END), {
    code: 'ETIMEDOUT',
  })
  const connection = connect(kernel())
  const pending = connection.transact(BEGIN, [request(1)], END)
  connection.close()
  await t.throwsAsync(pending, { instanceOf: ClosedError })
  t.deepEqual(await connect(kernel()).transact(BEGIN, [], END), [])
})

test('refusals may be among lost messages, so the outcome is unknown', async (t) => {
  const fake = kernel([], ({ type }) => (type === 100 ? ['ENOBUFS'] : []))
  await t.throwsAsync(connect(fake).transact(BEGIN, [request(1), request(2)], END), { code: 'ENOBUFS' })
})

test('a value that cannot be encoded rejects its own transaction', async (t) => {
  const connection = connect(kernel())
  const bad = connection.transact(BEGIN, [request(-1)], END)
  const good = connection.transact(BEGIN, [request(1)], END)
  await t.throwsAsync(bad, { code: 'ERR_NETLINK_ENCODE' })
  await t.notThrowsAsync(good)
})
