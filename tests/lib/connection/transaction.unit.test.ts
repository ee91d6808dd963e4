import test from 'ava'
import {
  ClosedError,
  Connection,
  NetlinkError,
  type Request,
  TransactionError,
} from '../../../lib/connection/index.js'
import { attributes, message, messageFlag, struct, u32, viewOf } from '../../../protocol/index.js'
import { type Arrived, acknowledge, type Delivery, datagram, FakeKernel } from '../../helpers/fake-kernel.js'

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
const numberOf = ({ payload }: Arrived) => viewOf(payload).getUint32(0, true)

/** A kernel that refuses some numbers, and answers whoever asked. */
function kernel(refused: readonly number[] = [], before: (arrived: Arrived) => Delivery[] = () => []) {
  return new FakeKernel((arrived) => {
    const errno = arrived.type === 100 && refused.includes(numberOf(arrived)) ? 17 : 0
    const asked = (arrived.flags & messageFlag.ack) !== 0
    return [...before(arrived), ...(errno || asked ? [{ bytes: acknowledge(arrived.sequence, errno) }] : [])]
  })
}

const connect = (fake: FakeKernel) => new Connection({ open: () => fake, timeout: 100 })

test('a transaction is one send, between its begin and its end; only its last is to be acknowledged', async (t) => {
  const fake = kernel()
  await connect(fake).transact(BEGIN, [request(1), request(2), request(3)], END)
  t.deepEqual(fake.windows, [5])
  t.deepEqual(
    fake.arrived.map(({ type }) => type),
    [16, 100, 100, 100, 17],
  )
  t.deepEqual(
    fake.arrived.map(({ flags }) => (flags & messageFlag.ack) !== 0),
    [false, false, false, true, false],
  )
})

test('each refusal is said, with its place; of a single one the refusal itself', async (t) => {
  const connection = connect(kernel([2, 4]))
  const error = await t.throwsAsync(
    connection.transact(
      BEGIN,
      [1, 2, 3, 4].map((n) => request(n)),
      END,
    ),
    { instanceOf: TransactionError, code: 'EEXIST', message: /2 of 4 refused; first, number 1/ },
  )
  t.deepEqual(
    (error as TransactionError).failures.map(({ index }) => index),
    [1, 3],
  )
  await t.throwsAsync(connection.transact(BEGIN, [request(2)], END), { instanceOf: NetlinkError })
  await connection.transact(BEGIN, [request(5)], END)
})

test('what is said of the begin is said of all', async (t) => {
  const fake = new FakeKernel(({ type, sequence }) =>
    type === 16 ? [{ bytes: acknowledge(sequence, 1) }] : [],
  )
  await t.throwsAsync(connect(fake).transact(BEGIN, [request(1), request(2)], END), {
    instanceOf: NetlinkError,
    code: 'EPERM',
  })
})

test('what the kernel made is read from its echo, and from nothing else', async (t) => {
  const payload = (n: number) => Uint8Array.of(n, 0, 0, 0)
  const fake = kernel([], ({ type, sequence }) =>
    type === 100
      ? [{ bytes: datagram(100, 0, sequence, payload(7)) }, { bytes: datagram(101, 0, sequence, payload(8)) }]
      : [],
  )
  const echo = (view: DataView, at: number) => view.getUint32(at, true)
  const echoes = await connect(fake).transact(
    BEGIN,
    [request(1, { echo }), request(2), request(3, { echo })],
    END,
  )
  t.deepEqual(echoes, [7, 7])
})

test('a send that fails, silence and a close fail all of it', async (t) => {
  const failing = kernel()
  failing.sends.push(-105)
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
