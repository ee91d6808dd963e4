import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectUplink, disconnectUplink, Netns, Nftables, RtNetlink } from '../../../lib/index.js'
import { kernelTest, stockEnv } from '../../helpers/needs.js'
import { netnsName, sandbox } from '../../helpers/sandbox.js'
import { FROM_ROUTER, fetchFrom, settings, snapshot, world } from '../../helpers/uplink-world.js'

kernelTest(
  'no setting of another link changes but forwarding of the links by which packets come',
  async (t) => {
    const { router, net } = await world(t)
    const { netns: inside } = await sandbox(t)
    await net.links.add({ kind: 'veth', name: 'idle', peer: { name: 'idle2' } })
    const before = settings(router)
    await using uplink = await connectUplink(inside, { via: router })
    const after = settings(router)
    const changed = Object.keys(before).filter((name) => before[name] !== after[name])
    const expected = Object.keys(before).some((name) => name.endsWith('/force_forwarding'))
      ? ['/proc/sys/net/ipv4/conf/up/forwarding', '/proc/sys/net/ipv6/conf/up/force_forwarding']
      : ['/proc/sys/net/ipv4/conf/up/forwarding', '/proc/sys/net/ipv6/conf/all/forwarding']
    t.deepEqual(changed.sort(), expected)
    t.is(await fetchFrom(inside), FROM_ROUTER[4])
    t.is(await fetchFrom(inside, 6), FROM_ROUTER[6])
    await uplink.disconnect()
    t.deepEqual(settings(router), before)
  },
)

kernelTest('accept_redirects and other settings come back whatever they were', async (t) => {
  for (const redirects of ['0', '1']) {
    const { router } = await world(t)
    const { netns: inside } = await sandbox(t)
    for (const family of ['ipv4', 'ipv6']) {
      for (const link of ['all', 'default', 'up'])
        router.sysctl.set(`net.${family}.conf.${link}.accept_redirects`, redirects)
    }
    const before = await snapshot(router)
    const uplink = await connectUplink(inside, { via: router })
    await uplink.disconnect()
    t.deepEqual(await snapshot(router), before, redirects)
  }
})

kernelTest('forwarding that another program switched on, before or meanwhile, stays on', async (t) => {
  for (const when of ['before', 'meanwhile']) {
    const { router } = await world(t)
    const { netns: inside } = await sandbox(t)
    const another = () => {
      router.sysctl.set('net.ipv4.ip_forward', 1)
      router.sysctl.set('net.ipv6.conf.all.forwarding', 1)
    }
    if (when === 'before') another()
    const uplink = await connectUplink(inside, { via: router })
    if (when === 'meanwhile') another()
    await uplink.disconnect()
    for (const name of ['net.ipv4.ip_forward', 'net.ipv4.conf.up.forwarding', 'net.ipv6.conf.all.forwarding'])
      t.is(router.sysctl.get(name), '1', `${name}, ${when}`)
  }
})

kernelTest(
  'forwarding that another program switched off stays off, and the next call repairs it',
  async (t) => {
    const { router } = await world(t)
    const { netns: inside } = await sandbox(t)
    const before = settings(router)
    const uplink = await connectUplink(inside, { via: router })
    const another = () => {
      for (const name of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']) {
        router.sysctl.set(name, 1)
        router.sysctl.set(name, 0)
      }
    }
    another()
    await using again = await connectUplink(inside, { via: router })
    t.is(await fetchFrom(inside), FROM_ROUTER[4])
    t.is(await fetchFrom(inside, 6), FROM_ROUTER[6])
    another()
    await uplink.disconnect()
    await again.disconnect()
    t.deepEqual(settings(router), { ...before, ...changedByAnother(router) })
  },
)

/** What switching forwarding on and off does to accept_redirects. net/ipv4/devinet.c: inet_forward_change */
function changedByAnother(router: Netns) {
  const name = '/proc/sys/net/ipv4/conf/all/accept_redirects'
  return { [name]: settings(router)[name] as string }
}

kernelTest(
  'a link of others that forwards keeps doing so, and one that does not gets back to that',
  async (t) => {
    const { router, net } = await world(t)
    const { netns: inside } = await sandbox(t)
    await net.links.add({ kind: 'veth', name: 'lan.1', peer: { name: 'lan2' } })
    await net.links.set('lan.1', { up: true })
    await net.addresses.add({ link: 'lan.1', address: '10.77.0.1/24' })
    router.sysctl.set('net/ipv4/conf/lan.1/forwarding', 1)
    const before = settings(router)
    const uplink = await connectUplink(inside, { via: router })
    await net.links.set('up', { up: false })
    await net.links.set('up', { name: 'renamed' })
    await uplink.disconnect()
    t.is(router.sysctl.get('net.ipv4.conf.renamed.forwarding'), '0')
    await net.links.set('renamed', { name: 'up', up: true })
    t.deepEqual(settings(router), before)
  },
)

kernelTest('a link that is moved to another router takes no setting there', async (t) => {
  const { router, net } = await world(t)
  const { router: other, net: there } = await world(t)
  const [{ netns: inside }, { netns: second }] = [await sandbox(t), await sandbox(t)]
  await net.links.add({ kind: 'veth', name: 'lan1', peer: { name: 'lan2' } })
  await net.links.set('lan1', { up: true })
  await net.addresses.add({ link: 'lan1', address: '10.77.0.1/24' })
  const uplink = await connectUplink(inside, { via: router })
  t.true((await net.links.get('lan1')).propList?.altIfname?.some((name) => name.startsWith('uplink-undo')))
  await net.links.set('lan1', { netns: other })
  other.sysctl.set('net.ipv4.conf.lan1.forwarding', 1)
  await (await connectUplink(second, { via: other })).disconnect()
  t.is(other.sysctl.get('net.ipv4.conf.lan1.forwarding'), '1')
  t.is((await there.links.get('lan1')).propList, undefined)
  await uplink.disconnect()
})

kernelTest('IPv6 forwarding ends with the last uplink that has IPv6', async (t) => {
  const { router } = await world(t)
  const [{ netns: one }, { netns: two }] = [await sandbox(t), await sandbox(t)]
  const before = settings(router)
  const ipv4 = await connectUplink(one, { via: router, ipv6: false })
  const withIpv4 = settings(router)
  const both = await connectUplink(two, { via: router })
  await both.disconnect()
  t.deepEqual(settings(router), withIpv4)
  t.is(await fetchFrom(one), FROM_ROUTER[4])
  await ipv4.disconnect()
  t.deepEqual(settings(router), before)
})

kernelTest('rulesets that are flushed again and again make no call fail', async (t) => {
  const { router } = await world(t)
  const { netns: inside } = await sandbox(t)
  const before = await snapshot(router)
  await using nft = await Nftables.open({ netns: router })
  let stop = false
  const flushing = (async () => {
    while (!stop) {
      await nft.transaction((change) => {
        change.flushRuleset()
        change.addTable({ family: 'inet', name: 'fw' })
        const hook = { type: 'filter', hook: 'forward', policy: 'drop' } as const
        change.addChain({ family: 'inet', table: 'fw', name: 'f', ...hook })
      })
      await sleep(25)
    }
  })()
  try {
    for (let i = 0; i < 10; i++) {
      const uplink = await connectUplink(inside, { via: router, openForward: true })
      await uplink.disconnect()
    }
  } finally {
    stop = true
    await flushing
  }
  await nft.flushRuleset()
  t.deepEqual(await snapshot(router), before)
})

kernelTest('forwarding ends with the last of several uplinks, whichever process ends it', async (t) => {
  const { router } = await world(t)
  const [{ netns: one }, { netns: two }] = [await sandbox(t), await sandbox(t)]
  const before = await snapshot(router)
  await using first = await connectUplink(one, { via: router })
  await connectUplink(two, { via: router })
  await first.disconnect()
  t.is(await fetchFrom(two), FROM_ROUTER[4])
  t.is(await fetchFrom(two, 6), FROM_ROUTER[6])
  await disconnectUplink(two, { via: router })
  t.deepEqual(await snapshot(router), before)
})

const removals: readonly (readonly [
  string,
  (router: Netns, net: RtNetlink, link: string) => Promise<unknown>,
])[] = [
  ['the ruleset', (router) => flush(router)],
  ['the address', (_, net, link) => net.addresses.flush({ link, family: 'inet' })],
  ['the IPv6 address', (_, net, link) => net.addresses.flush({ link, family: 'inet6' })],
  ['the link’s state', (_, net, link) => net.links.set(link, { up: false })],
  ['forwarding', async (router) => router.sysctl.set('net.ipv4.conf.up.forwarding', 0)],
  [
    'forwarding of the link',
    async (router, _, link) => router.sysctl.set(`net/ipv4/conf/${link}/forwarding`, 0),
  ],
  [
    'everything',
    async (router, net, link) => {
      await flush(router)
      await net.addresses.flush({ link })
      router.sysctl.set('net.ipv4.conf.up.forwarding', 0)
    },
  ],
]

async function flush(router: Netns) {
  await using nft = await Nftables.open({ netns: router })
  await nft.flushRuleset()
}

for (const [what, remove] of removals) {
  kernelTest(`after others removed ${what}, the next call repairs all uplinks`, async (t) => {
    const { router, net } = await world(t)
    const [{ netns: one }, { netns: two }, { netns: three }] = [
      await sandbox(t),
      await sandbox(t),
      await sandbox(t),
    ]
    const before = await snapshot(router)
    const uplink = await connectUplink(one, { via: router })
    const second = await connectUplink(two, { via: router, bridge: 'lan' })
    for (const link of [uplink.routerLink, 'lan']) await remove(router, net, link)
    // A call for any namespace repairs what the router has of the others.
    const third = await connectUplink(three, { via: router })
    t.deepEqual(third.warnings, [])
    for (const inside of [one, two, three]) {
      t.is(await fetchFrom(inside), FROM_ROUTER[4])
      t.is(await fetchFrom(inside, 6), FROM_ROUTER[6])
    }
    for (const each of [uplink, second, third]) await each.disconnect()
    t.deepEqual(await snapshot(router), before)
  })

  kernelTest(`after others removed ${what}, disconnecting still undoes the rest`, async (t) => {
    const { router, net } = await world(t)
    const [{ netns: one }, { netns: two }] = [await sandbox(t), await sandbox(t)]
    const before = await snapshot(router)
    const uplink = await connectUplink(one, { via: router })
    const second = await connectUplink(two, { via: router, bridge: 'lan' })
    for (const link of [uplink.routerLink, 'lan']) await remove(router, net, link)
    await uplink.disconnect()
    await second.disconnect()
    t.deepEqual(await snapshot(router), before)
  })
}

kernelTest('links and namespaces that others deleted leave nothing to undo', async (t) => {
  const { router, net } = await world(t)
  const { netns: inside } = await sandbox(t)
  const before = await snapshot(router)
  for (const bridge of [undefined, 'lan']) {
    const uplink = await connectUplink(inside, { via: router, bridge })
    await flush(router)
    await net.links.delete(bridge ?? uplink.routerLink)
    await uplink.disconnect()
    t.deepEqual(await snapshot(router), before)
    await using again = await connectUplink(inside, { via: router, bridge })
    await net.links.delete(bridge ?? again.routerLink)
    await using repaired = await connectUplink(inside, { via: router, bridge })
    t.is(await fetchFrom(inside), FROM_ROUTER[4])
    await repaired.disconnect()
    await again.disconnect()
    t.deepEqual(await snapshot(router), before)
  }
})

kernelTest(
  'what a process left whose namespace and rules are gone is given back by the next call',
  async (t) => {
    const { router } = await world(t)
    const before = await snapshot(router)
    const gone = Netns.create()
    const { routerLink } = await connectUplink(gone, { via: router })
    gone.close()
    await using net = await RtNetlink.open({ netns: router })
    while ((await net.links.list()).some(({ name }) => name === routerLink))
      await new Promise((resolve) => setTimeout(resolve, 10))
    await flush(router)
    const { netns: inside } = await sandbox(t)
    await disconnectUplink(inside, { via: router })
    t.deepEqual(await snapshot(router), before)
  },
)

kernelTest('disconnecting works after the handle that was given as `via` is closed', async (t) => {
  const { router } = await world(t)
  const { netns: inside } = await sandbox(t)
  const before = await snapshot(router)
  const via = Netns.open(router)
  const uplink = await connectUplink(inside, { via })
  via.close()
  await Promise.all([uplink.disconnect(), uplink.disconnect()])
  await uplink.disconnect()
  t.deepEqual(await snapshot(router), before)
})

kernelTest('iptables-nft still reads the rules of the router', async (t) => {
  const { router } = await world(t)
  const name = netnsName(t)
  Netns.attach(name, router).close()
  const { netns: inside } = await sandbox(t)
  await using uplink = await connectUplink(inside, { via: name })
  t.truthy(uplink)
  const listing = spawnSync('ip', ['netns', 'exec', name, 'iptables-nft', '-S'], {
    encoding: 'utf8',
    env: stockEnv,
  })
  if (listing.error === undefined && listing.status === 0) t.notRegex(listing.stderr, /incompatible/)
})
