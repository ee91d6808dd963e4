import test from 'ava'
import { LinkNotFoundError } from '../../../lib/index.js'
import {
  acknowledgeIfAsked,
  dump,
  FakeKernel,
  message,
  openFake,
  refuse,
  reply,
} from '../../../lib/testing/index.js'
import {
  addressMessage,
  linkMessage,
  routeMessage,
  rtm,
  rtnlgrp,
  viewOf,
  Writer,
} from '../../../protocol/index.js'

const routes = [
  { family: 'inet', dst: '10.0.0.0', dstLen: 8, table: 'main', oif: 2 },
  { family: 'inet', dst: '192.0.2.0', dstLen: 24, table: 'main', oif: 2 },
] as const

test('an RtNetlink over a fake kernel sends requests and settles with its answers', async (t) => {
  const kernel = new FakeKernel((request) => {
    if (request.type === rtm.newroute) return [refuse(request, 'EEXIST')]
    if (request.type === rtm.getlink)
      return [reply(request, rtm.newlink, { index: 7, ifname: 'up0' }, linkMessage)]
    return acknowledgeIfAsked(request)
  })
  await using net = openFake(kernel)
  await net.addresses.add({ link: 'lo', address: '192.0.2.1/24' })
  await t.throwsAsync(net.routes.add({ dst: '10.0.0.0/8', oif: 'lo' }), { code: 'EEXIST' })
  await t.throwsAsync(net.links.set('nope', { up: true }), { instanceOf: LinkNotFoundError })
  t.like(await net.links.get('up0'), { index: 7, name: 'up0' })

  const [added] = kernel.requests
  t.is(added?.type, rtm.newaddr)
  const { payload } = added ?? { payload: new Uint8Array() }
  t.like(addressMessage.decode(viewOf(payload), 0, payload.length, {}), { index: 1, local: '192.0.2.1' })
})

test('a fake kernel answers listings', async (t) => {
  await using net = openFake(new FakeKernel((request) => dump(request, rtm.newroute, routes, routeMessage)))
  t.deepEqual(
    (await net.routes.list()).map(({ dst }) => dst),
    ['10.0.0.0/8', '192.0.2.0/24'],
  )
})

test('a fake kernel notifies', async (t) => {
  const kernel = new FakeKernel((request) => dump(request, rtm.newroute, routes, routeMessage))
  await using net = openFake(kernel)
  const events: string[] = []
  for await (const event of net.watch(['route'])) {
    events.push('object' in event ? `${event.type} ${event.value.dst}` : event.type)
    if (event.type === 'synced') {
      const out = new Writer()
      routeMessage.encode(out, { ...routes[0], dst: '10.9.0.0', dstLen: 16 }, {})
      const subscribed = kernel.sockets.find(({ groups }) => groups.includes(rtnlgrp.ipv4Route))
      subscribed?.deliver(message(rtm.newroute, 0, 0, out.written().slice()))
    }
    if (events.length === 4) break
  }
  t.deepEqual(events, ['added 10.0.0.0/8', 'added 192.0.2.0/24', 'synced', 'added 10.9.0.0/16'])
})

test('a refusal with a misspelt name, and an unknown option, are refused', (t) => {
  t.throws(() => refuse({ sequence: 1 }, 'EEXISTS' as never), { code: 'ERR_NETLINK_ARGUMENT' })
  t.throws(() => refuse({ sequence: 1 }, 0), { code: 'ERR_NETLINK_ARGUMENT' })
  const kernel = new FakeKernel(() => [])
  t.throws(() => openFake(kernel, { timout: 5 } as never), { message: /did you mean "timeout"/ })
})
