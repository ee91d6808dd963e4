import { Connection } from '../../../lib/connection/index.js'
import { NetlinkSocket } from '../../../lib/ffi/netlink-socket.js'
import { Netns, RtNetlink } from '../../../lib/index.js'
import { linkMessage, messageFlag, rtm, rtmName } from '../../../protocol/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { sandbox } from '../../helpers/sandbox.js'

kernelTest('a list includes the effect of every earlier request of the same tick', async (t) => {
  const { net } = await sandbox(t)
  for (let round = 0; round < 5; round++) {
    await net.links.add({ kind: 'veth', name: 'a', peer: { name: 'b' } })
    const removed = net.links.delete('a')
    const added = net.addresses.add({ link: 'lo', address: `10.0.0.${round}/32` })
    const [addresses, links] = await Promise.all([net.addresses.list({ link: 'lo' }), net.links.list()])
    await Promise.all([removed, added])
    t.true(addresses.some(({ address }) => address === `10.0.0.${round}/32`))
    t.deepEqual(
      links.map(({ name }) => name),
      ['lo'],
    )
  }
})

kernelTest('a filter by name waits for its link', async (t) => {
  const { net } = await sandbox(t)
  const [, , listed] = await Promise.all([
    net.links.add({ kind: 'veth', name: 'a', peer: { name: 'b' } }),
    net.addresses.add({ link: 'a', address: '10.0.0.1/24' }),
    net.addresses.list({ link: 'a' }),
  ])
  t.deepEqual(
    listed.map(({ address }) => address),
    ['10.0.0.1/24'],
  )
})

kernelTest('an aborted request is not carried out when it has not been sent', async (t) => {
  const { net } = await sandbox(t)
  const stop = new AbortController()
  const [first, aborted, last] = [
    net.addresses.add({ link: 'lo', address: '10.0.0.1/32' }),
    net.addresses.add({ link: 'lo', address: '10.0.0.2/32' }, { signal: stop.signal }),
    net.addresses.add({ link: 'lo', address: '10.0.0.3/32' }),
  ]
  stop.abort(new Error('enough'))
  await t.throwsAsync(aborted, { message: 'enough' })
  await Promise.all([first, last])
  const addresses = await net.addresses.list({ link: 'lo', family: 'inet' })
  t.deepEqual(
    addresses.map(({ address }) => address),
    ['10.0.0.1/32', '10.0.0.3/32'],
  )
})

kernelTest('refusals of whole batches fit receive buffers of any size', async (t) => {
  using netns = Netns.create()
  for (const receiveBuffer of [16 * 1024, 106_496, 8 << 20]) {
    await using net = await RtNetlink.open({ netns, receiveBuffer })
    await net.links.set('lo', { up: true })
    const routes = Array.from({ length: 3000 }, (_, i) => ({ dst: `10.1.${i >> 8}.${i & 255}`, oif: 1 }))
    await net.routes.addAll(routes, { onFailure: () => {} })
    const results = await Promise.allSettled(routes.map((route) => net.routes.add(route)))
    const codes = new Set(results.map((one) => (one.status === 'rejected' ? one.reason.code : 'done')))
    t.deepEqual([...codes], ['EEXIST'])
  }
})

kernelTest('refusals with extended acknowledgements fit the receive buffer as well', async (t) => {
  using netns = Netns.create()
  const socket = netns.run(() => new NetlinkSocket(0, { receiveBuffer: 32 * 1024 }))
  const connection = new Connection({ open: () => socket, timeout: 1000 })
  t.teardown(() => connection.close())
  // The kernel answers with a message, an offset and the policy that the attribute violates.
  const request = {
    type: rtm.newlink,
    name: rtmName(rtm.newlink),
    flags: messageFlag.create | messageFlag.exclusive,
    codec: linkMessage,
    value: { ifname: 'x'.repeat(15), numTxQueues: 100_000, linkinfo: { kind: 'veth' } },
  }
  const results = await Promise.allSettled(Array.from({ length: 500 }, () => connection.request(request)))
  const codes = new Set(results.map((one) => (one.status === 'rejected' ? one.reason.code : 'done')))
  t.false(codes.has('ENOBUFS'), [...codes].join())
  t.false(codes.has('done'))
})
