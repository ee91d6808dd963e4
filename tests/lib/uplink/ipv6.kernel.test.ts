import { setTimeout as sleep } from 'node:timers/promises'
import { connectUplink, echo } from '../../../lib/index.js'
import { kernelTest, toolTest } from '../../helpers/needs.js'
import { sandbox } from '../../helpers/sandbox.js'
import { FROM_ROUTER, fetchFrom, SERVERS, settings, snapshot, world } from '../../helpers/uplink-world.js'

kernelTest('IPv6 is routed and masqueraded as IPv4 is: TCP and echo, at once', async (t) => {
  const { router } = await world(t)
  const before = await snapshot(router)
  for (const bridge of [undefined, 'lan']) {
    const { netns: inside, net: inner } = await sandbox(t)
    await using uplink = await connectUplink(inside, { via: router, bridge })
    // RFC 4193: fd00::/8, a random prefix of 64 bits.
    t.regex(uplink.ipv6?.address ?? '', /^fd[0-9a-f]{2}:.*::2\/64$/)
    const addresses = await inner.addresses.list({ family: 'inet6', link: uplink.link })
    t.false(addresses.find(({ address }) => address === uplink.ipv6?.address)?.flags?.includes('tentative'))
    t.is(await fetchFrom(inside, 6), FROM_ROUTER[6])
    t.is(await fetchFrom(inside), FROM_ROUTER[4])
    for (const address of [SERVERS[4], SERVERS[6], uplink.gateway, uplink.ipv6?.gateway as string])
      t.truthy(await echo(address, { netns: inside, timeout: 5000 }), address)
    const again = await connectUplink(inside, { via: router, bridge })
    t.deepEqual(again.ipv6, uplink.ipv6)
    await again.disconnect()
    t.deepEqual(await snapshot(router), before)
  }
})

kernelTest('each namespace has a prefix of its own, and those of a bridge share one', async (t) => {
  const { router } = await world(t)
  const spaces = [await sandbox(t), await sandbox(t), await sandbox(t), await sandbox(t)]
  const uplinks = []
  for (const [i, { netns }] of spaces.entries())
    uplinks.push(await connectUplink(netns, { via: router, bridge: i < 2 ? undefined : 'lan' }))
  const prefixes = uplinks.map(({ ipv6 }) => ipv6?.address.replace(/::.*/, ''))
  t.is(new Set(prefixes).size, 3)
  t.is(prefixes[2], prefixes[3])
  t.not(uplinks[2]?.ipv6?.address, uplinks[3]?.ipv6?.address)
  for (const { netns } of spaces) t.is(await fetchFrom(netns, 6), FROM_ROUTER[6])
  for (const uplink of uplinks) await uplink.disconnect()
})

kernelTest('without IPv6 at the router or inside, or with `ipv6: false`, there is none', async (t) => {
  const withIpv6 = await world(t)
  const without = await world(t, { ipv6: false })
  const { netns: inside, net: inner } = await sandbox(t)
  const globals = async () =>
    (await inner.addresses.list({ family: 'inet6', scope: 'global' })).map(({ address }) => address)
  for (const [via, options] of [
    [without.router, {}],
    [withIpv6.router, { ipv6: false }],
  ] as const) {
    const before = await snapshot(via)
    await using uplink = await connectUplink(inside, { via, ...options })
    t.is(uplink.ipv6, undefined)
    t.deepEqual(await globals(), [])
    t.is(await fetchFrom(inside), FROM_ROUTER[4])
    t.deepEqual(
      Object.entries(settings(via)).filter(
        ([name, value]) => /force_forwarding|ipv6.*all.forwarding/.test(name) && value === '1',
      ),
      [],
    )
    await uplink.disconnect()
    t.deepEqual(await snapshot(via), before)
  }
  inside.sysctl.set('net.ipv6.conf.default.disable_ipv6', 1)
  const uplink = await connectUplink(inside, { via: withIpv6.router })
  t.is(uplink.ipv6, undefined)
  // What is asked for is given.
  const asked = await connectUplink(inside, { via: withIpv6.router, ipv6: true })
  t.is(await fetchFrom(inside, 6), FROM_ROUTER[6])
  await connectUplink(inside, { via: withIpv6.router, ipv6: false })
  t.deepEqual(await globals(), [])
  t.is(await fetchFrom(inside), FROM_ROUTER[4])
  await asked.disconnect()
})

kernelTest('IPv6 can be had behind a router that has none itself', async (t) => {
  const { router } = await world(t, { ipv6: false })
  const { netns: inside } = await sandbox(t)
  const before = await snapshot(router)
  await using uplink = await connectUplink(inside, { via: router, ipv6: true, subnet6: 'fd99:1:2:3::/64' })
  t.deepEqual(uplink.ipv6, { address: 'fd99:1:2:3::2/64', gateway: 'fd99:1:2:3::1' })
  t.truthy(await echo('fd99:1:2:3::1', { netns: inside }))
  await uplink.disconnect()
  t.deepEqual(await snapshot(router), before)
})

kernelTest('a default route of the other version through another gateway is refused', async (t) => {
  const { router } = await world(t)
  const { netns: inside, net: inner } = await sandbox(t)
  const before = await snapshot(router)
  await inner.links.add({ kind: 'veth', name: 'other', peer: { name: 'other2' } })
  await inner.links.set('other', { up: true })
  await inner.links.set('other2', { up: true })
  await inner.addresses.add({ link: 'other', address: 'fd11::1/64', flags: ['nodad'] })
  await inner.routes.add({ dst: 'default', gateway: 'fd11::2' })
  await t.throwsAsync(connectUplink(inside, { via: router }), {
    code: 'EEXIST',
    message: /default via fd11::2/,
  })
  t.deepEqual(await snapshot(router), before)
  await using uplink = await connectUplink(inside, { via: router, ipv6: false })
  t.is(await fetchFrom(inside), FROM_ROUTER[4])
  t.is(uplink.ipv6, undefined)
})

const ADVERTISE = `
import socket, struct, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
link = socket.if_nametoindex('eth0')
prefix = struct.pack('!BBBBIII', 3, 4, 64, 0xc0, 3600, 3600, 0) + socket.inet_pton(socket.AF_INET6, '2001:db8:200::')
s.sendto(struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0) + prefix, ('ff02::1', 0, 0, link))
`

toolTest('python3')('routes from router advertisements survive, and are accepted as before', async (t) => {
  const { router, net, internet } = await world(t)
  const { netns: inside } = await sandbox(t)
  const learned = async () =>
    (await net.routes.list({ family: 'inet6', table: 'main', protocol: 'ra' })).map(({ dst }) => dst)
  const advertise = () => internet.netns.exec('python3', ['-c', ADVERTISE])
  // The sender needs its link-local address, which takes a second.
  for (let i = 0; i < 200 && (await learned()).length === 0; i++) {
    await advertise().catch(() => undefined)
    await sleep(50)
  }
  t.deepEqual(await learned(), ['default'])
  const { settings: before, addresses } = await snapshot(router)
  const uplink = await connectUplink(inside, { via: router })
  t.is(await fetchFrom(inside, 6), FROM_ROUTER[6])
  t.deepEqual(await learned(), ['default'])
  const accepting = '/proc/sys/net/ipv6/conf/up/accept_ra'
  t.is(settings(router)[accepting], before[accepting])
  // Advertisements are accepted while packets are forwarded.
  for (const route of await net.routes.list({ family: 'inet6', protocol: 'ra' }))
    await net.routes.delete(route)
  for (let i = 0; i < 100 && (await learned()).length === 0; i++) {
    await advertise()
    await sleep(50)
  }
  t.deepEqual(await learned(), ['default'])
  await uplink.disconnect()
  t.deepEqual(await learned(), ['default'])
  const after = await snapshot(router)
  t.deepEqual([after.settings, after.addresses], [before, addresses])
})
