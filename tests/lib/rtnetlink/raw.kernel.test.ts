import { Connection } from '../../../lib/connection/index.js'
import { closeFd } from '../../../lib/ffi/fd.js'
import { NetlinkSocket } from '../../../lib/ffi/netlink-socket.js'
import { bindSocket, connectSocket, openSocket, send } from '../../../lib/ffi/socket.js'
import { ClosedError, Netns, RtNetlink } from '../../../lib/index.js'
import { acknowledge, refuse } from '../../../lib/testing/index.js'
import { bytes, linkMessage, messageFlag, rtm, rtmName, rtnlgrp, viewOf } from '../../../protocol/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { netnsName, sandbox } from '../../helpers/sandbox.js'

kernelTest('any message can be sent and received, and any group subscribed to', async (t) => {
  const { net } = await sandbox(t)
  const groups = net.raw.listen([rtnlgrp.link])
  await net.raw.request({
    type: rtm.newlink,
    flags: messageFlag.create | messageFlag.exclusive,
    codec: linkMessage,
    value: { ifname: 'raw', linkinfo: { kind: 'ifb' } },
  })
  const { value: message } = await groups.next()
  t.is(message?.type, rtm.newlink)
  if (message && 'payload' in message) {
    t.is(linkMessage.decode(viewOf(message.payload), 0, message.payload.length, {}).ifname, 'raw')
  }
  await groups.return()

  const link = await net.raw.query(
    { type: rtm.getlink, codec: linkMessage, value: { ifname: 'raw' } },
    linkMessage,
  )
  t.is(link.linkinfo?.kind, 'ifb')
  const all = await net.raw.dump({ type: rtm.getlink, codec: linkMessage, value: {} }, linkMessage).toArray()
  t.deepEqual(
    all.map(({ ifname }) => ifname),
    ['lo', 'raw'],
  )

  const untouched = await net.raw.query(
    { type: rtm.getlink, codec: linkMessage, value: { index: 1 } },
    bytes(),
  )
  t.true(untouched.length > 100)
  await t.throwsAsync(net.raw.request({ type: 9999, codec: bytes(), value: new Uint8Array(4) }), {
    message: /message of type 9999: EOPNOTSUPP/,
  })
})

kernelTest('acknowledgements that another process forges are ignored', async (t) => {
  using netns = Netns.create()
  const socket = netns.run(() => new NetlinkSocket(0))
  const connection = new Connection({ open: () => socket, timeout: 1000 })
  t.teardown(() => connection.close())
  const forger = netns.run(() => openSocket(16, 3, 0))
  t.teardown(() => closeFd(forger))
  const address = (port: number) => {
    const name = new Uint8Array(12)
    viewOf(name).setUint16(0, 16, true)
    viewOf(name).setUint32(4, port, true)
    return name
  }
  bindSocket(forger, address(0))
  connectSocket(forger, address(socket.port), 'the connection')
  // "Done" and "refused", for the requests that come next.
  for (const forged of [acknowledge({ sequence: 1 }), refuse({ sequence: 2 }, 'EEXIST')])
    t.true(send(forger, forged) > 0)
  const request = (ifname: string) => ({
    type: rtm.dellink,
    name: rtmName(rtm.dellink),
    codec: linkMessage,
    value: { ifname },
  })
  await t.throwsAsync(connection.request(request('none')), { code: 'ENODEV' })
  const add = {
    type: rtm.newlink,
    name: 'RTM_NEWLINK',
    flags: messageFlag.create,
    codec: linkMessage,
    value: { ifname: 'real', linkinfo: { kind: 'ifb' } },
  }
  await t.notThrowsAsync(connection.request(add))
})

kernelTest('a namespace whose name is deleted stays usable through an open connection', async (t) => {
  const name = netnsName(t)
  Netns.create(name).close()
  await using net = await RtNetlink.open({ netns: name })
  Netns.delete(name)
  await net.links.add({ kind: 'ifb', name: 'still' })
  t.is((await net.links.list()).length, 2)
  await t.throwsAsync(RtNetlink.open({ netns: name }), { code: 'ENOENT' })
})

kernelTest('messages of a group are left at any time; a listing is asked for by dump alone', async (t) => {
  const { net } = await sandbox(t)
  const before = openFiles()
  await net.raw.listen([rtnlgrp.link]).return()
  const waiting = net.raw.listen([rtnlgrp.link])
  const pending = waiting.next()
  t.deepEqual(await Promise.all([waiting.return(), pending, waiting.next()]), [
    { done: true, value: undefined },
    { done: true, value: undefined },
    { done: true, value: undefined },
  ])
  t.is(openFiles(), before)
  const request = { type: rtm.getlink, flags: messageFlag.dump, codec: linkMessage, value: {} }
  await t.throwsAsync(net.raw.query(request, linkMessage), {
    message: /request\.flags must be without NLM_F_DUMP/,
  })
})

kernelTest('after close, every call rejects with ClosedError', async (t) => {
  const { netns, net } = await sandbox(t)
  net.close()
  const calls: Record<string, () => Promise<unknown>> = {
    'links.add': () => net.links.add({ kind: 'ifb', name: 'x' }),
    'links.set': () => net.links.set('lo', { up: true }),
    'links.delete': () => net.links.delete('lo'),
    'links.get': () => net.links.get('lo'),
    'links.list': () => net.links.list({ kind: 'ifb' }),
    'links.addAll': () => net.links.addAll([]),
    'links.deleteAll': () => net.links.deleteAll(['x']),
    'addresses.list': () => net.addresses.list({ link: 'lo' }),
    'addresses.flush': () => net.addresses.flush({ link: 'lo' }),
    'addresses.add': () => net.addresses.add({ link: 'lo', address: '10.0.0.1/8' }),
    'routes.get': () => net.routes.get('10.0.0.1'),
    'routes.addAll': () => net.routes.addAll([]),
    'routes.dump': () => net.routes.dump().next(),
    'rules.list': () => net.rules.list(),
    'neighbours.get': () => net.neighbours.get({ link: 'lo', dst: '10.0.0.1' }),
    'nsids.list': () => net.nsids.list(),
    'nsids.get': () => net.nsids.get(netns),
    'nsids.set': () => net.nsids.set(netns, 5),
    watch: () => net.watch(['link']).next(),
    'raw.request': () => net.raw.request({ type: rtm.getlink, codec: linkMessage, value: {} }),
    'raw.query': () => net.raw.query({ type: rtm.getlink, codec: linkMessage, value: {} }, linkMessage),
    'raw.dump': () =>
      net.raw.dump({ type: rtm.getlink, codec: linkMessage, value: {} }, linkMessage).toArray(),
    'raw.listen': async () => net.raw.listen([1]).next(),
  }
  for (const [name, call] of Object.entries(calls)) {
    await t.throwsAsync(call(), { instanceOf: ClosedError }, name)
  }
})
