import test from 'ava'
import { Connection, dump, FakeKernel, refuse, reply } from '../../../lib/testing/index.js'
import { linkMessage, rtm, rtmName } from '../../../protocol/index.js'

const request = (type: number, value: object) => ({ type, name: rtmName(type), codec: linkMessage, value })
const readName = (view: DataView, at: number, length: number) =>
  linkMessage.decode(view, at, length, {}).ifname

test('a test defines the kernel’s answers and sees the requests', async (t) => {
  const kernel = new FakeKernel((one) => {
    if (one.type === rtm.newlink) return [refuse(one, 'EEXIST')]
    const links = ['lo', 'eth0'].map((ifname) => ({ ifname }))
    return one.flags & 0x300
      ? dump(one, rtm.newlink, links, linkMessage)
      : [reply(one, rtm.newlink, { ifname: 'eth0' }, linkMessage)]
  })
  const connection = new Connection({ open: () => kernel.open(), timeout: 1000 })
  await t.throwsAsync(connection.request(request(rtm.newlink, { ifname: 'eth0' })), { code: 'EEXIST' })
  t.is(await connection.query(request(rtm.getlink, { ifname: 'eth0' }), readName), 'eth0')
  t.deepEqual(await connection.dump(request(rtm.getlink, {}), readName).toArray(), ['lo', 'eth0'])
  t.deepEqual(
    kernel.requests.map(({ type }) => rtmName(type)),
    ['RTM_NEWLINK', 'RTM_GETLINK', 'RTM_GETLINK'],
  )
  t.is(kernel.sockets.length, 2)
})

test('by default the kernel acknowledges; errors, links and an empty dump can be set', async (t) => {
  const kernel = new FakeKernel()
  kernel.links.set('eth0', 7)
  const connection = new Connection({ open: () => kernel.open(), timeout: 1000 })
  await connection.request(request(rtm.dellink, { index: 7 }))
  t.is(connection.linkIndex('eth0'), 7)
  kernel.sendErrors.push('ENOBUFS')
  await t.throwsAsync(connection.request(request(rtm.dellink, { index: 7 })), { code: 'ENOBUFS' })
  const empty = new FakeKernel((one) => dump(one, rtm.newlink, []))
  const other = new Connection({ open: () => empty.open(), timeout: 1000 })
  t.deepEqual(await other.dump(request(rtm.getlink, {}), readName).toArray(), [])
})
