import {
  ArgumentError,
  EncodeError,
  isNetlinkError,
  LinkNotFoundError,
  NetlinkError,
  Netns,
  RtNetlink,
} from '../../../../lib/index.js'
import { kernelTest, kindTest } from '../../../helpers/needs.js'
import { netnsName, sandbox } from '../../../helpers/sandbox.js'

const vlan = { kind: 'vlan', name: 'v', link: 'under', data: { id: 7 } } as const
const vlanTest = await kindTest(vlan)
const dummyTest = await kindTest({ kind: 'dummy' })

kernelTest('a new namespace has one link: lo, down', async (t) => {
  const { net } = await sandbox(t)
  const links = await net.links.list()
  t.is(links.length, 1)
  t.like(links[0], { name: 'lo', index: 1, up: false, type: 'loopback', mtu: 65536 })
})

kernelTest('a veth pair is created in one request, with its peer in another namespace', async (t) => {
  const here = await sandbox(t)
  const there = await sandbox(t)
  await here.net.links.add({
    kind: 'veth',
    name: 'outer',
    mtu: 1400,
    address: '02:00:00:00:00:01',
    peer: { name: 'inner', netns: there.netns, mtu: 1300, address: '02:00:00:00:00:02' },
  })
  const outer = await here.net.links.get('outer')
  const inner = await there.net.links.get('inner')
  t.like(outer, { kind: 'veth', mtu: 1400, address: '02:00:00:00:00:01', link: inner.index })
  t.like(inner, { kind: 'veth', mtu: 1300, address: '02:00:00:00:00:02', link: outer.index })
  t.is(outer.linkNetnsid, await here.net.nsids.get(there.netns))
})

for (const [how, refer] of [
  ['by handle', (netns: { fd: number }) => netns],
  ['by fd', (netns: { fd: number }) => ({ fd: netns.fd })],
  ['by path', (netns: { fd: number }) => ({ path: `/proc/${process.pid}/fd/${netns.fd}` })],
] as const) {
  kernelTest(`a link moves to another namespace ${how}, and is gone here`, async (t) => {
    const here = await sandbox(t)
    const there = await sandbox(t)
    await here.net.links.add({ kind: 'ifb', name: 'wanderer' })
    await here.net.links.set('wanderer', { netns: refer(there.netns) })
    t.is((await there.net.links.get('wanderer')).kind, 'ifb')
    await t.throwsAsync(here.net.links.get('wanderer'), { instanceOf: LinkNotFoundError, code: 'ENODEV' })
  })
}

kernelTest('a link moves to a namespace by its name', async (t) => {
  const { net } = await sandbox(t)
  const name = netnsName(t)
  using there = Netns.create(name)
  await net.links.add({ kind: 'ifb', name: 'wanderer' })
  await net.links.set('wanderer', { netns: name })
  await using inside = await RtNetlink.open({ netns: there })
  t.is((await inside.links.get('wanderer')).kind, 'ifb')
})

kernelTest('a link moves to the namespace of a process', async (t) => {
  const here = await sandbox(t)
  const there = await sandbox(t)
  const child = there.netns.spawn('sleep', ['60'])
  t.teardown(() => child.kill())
  await here.net.links.add({ kind: 'ifb', name: 'wanderer' })
  await here.net.links.set('wanderer', { netns: child.pid as number })
  t.is((await there.net.links.get('wanderer')).name, 'wanderer')
})

kernelTest(
  'links are changed by name or index: up, down, mtu, address, name, alias, queue length',
  async (t) => {
    const { net } = await sandbox(t)
    await net.links.add({ kind: 'veth', name: 'one', peer: { name: 'other' } })
    await net.links.set('one', { up: true, mtu: 1234, txqlen: 99, ifalias: 'for tests' })
    const one = await net.links.get('one')
    t.like(one, { up: true, mtu: 1234, txqlen: 99, ifalias: 'for tests' })
    await net.links.set(one.index, { up: false })
    await net.links.set(one.index, { name: 'two', address: '02:00:00:00:00:09' })
    t.like(await net.links.get('two'), { index: one.index, up: false, address: '02:00:00:00:00:09' })
    await t.throwsAsync(net.links.get('one'), { code: 'ENODEV' })
  },
)

kernelTest('flags change one at a time', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({ kind: 'ifb', name: 'x', up: true })
  await net.links.set('x', { arp: false, multicast: true, promisc: true, allmulticast: true })
  const { flags } = await net.links.get('x')
  for (const flag of ['up', 'noarp', 'multicast', 'promisc', 'allmulti'] as const)
    t.true(flags.includes(flag), flag)
  await net.links.set('x', { promisc: false })
  t.false((await net.links.get('x')).flags.includes('promisc'))
})

kernelTest('a bridge takes ports, lists their settings, and releases them', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({ kind: 'bridge', name: 'br', data: { ageingTime: 1000, stpState: 0 } })
  await net.links.add({ kind: 'veth', name: 'a', peer: { name: 'b' } })
  await net.links.set('a', { master: 'br' })
  const bridge = await net.links.get('br')
  t.like(bridge, { kind: 'bridge', data: { ageingTime: 1000, stpState: 0 } })
  t.deepEqual(
    (await net.links.list({ master: 'br' })).map(({ name, slave }) => [name, slave?.kind]),
    [['a', 'bridge']],
  )
  await net.links.set('a', { slave: { kind: 'bridge', data: { isolated: true, cost: 42 } } })
  const port = await net.links.get('a')
  t.is(port.master, bridge.index)
  t.like(port.slave, { kind: 'bridge', data: { isolated: true, cost: 42 } })
  await net.links.set('a', { master: null })
  const released = await net.links.get('a')
  t.is(released.master, undefined)
  t.is(released.slave, undefined)
})

kernelTest('a vxlan is listed with the settings that it was added with', async (t) => {
  const { net } = await sandbox(t)
  const data = {
    id: 42,
    port: 4789,
    group: '239.1.1.1',
    ttl: 5,
    learning: false,
    portRange: { low: 1000, high: 2000 },
  }
  await net.links.add({ kind: 'veth', name: 'under', peer: { name: 'other' } })
  const under = await net.links.get('under')
  await net.links.add({ kind: 'vxlan', name: 'vx', data: { ...data, link: under.index } })
  t.like(await net.links.get('vx'), { kind: 'vxlan', data: { ...data, link: under.index } })
  t.deepEqual(
    (await net.links.list({ kind: 'vxlan' })).map(({ name }) => name),
    ['vx'],
  )
})

kernelTest('a macvlan sits on another link', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({ kind: 'veth', name: 'under', peer: { name: 'other' } })
  await net.links.add({ kind: 'macvlan', name: 'mv', link: 'under', data: { mode: 'bridge' } })
  const link = await net.links.get('mv')
  t.like(link, { kind: 'macvlan', data: { mode: 'bridge' }, link: (await net.links.get('under')).index })
})

vlanTest('a vlan sits on another link', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({ kind: 'veth', name: 'under', peer: { name: 'other' } })
  await net.links.add({
    kind: 'vlan',
    name: 'v7',
    link: 'under',
    data: { id: 7, protocol: '802.1ad', egressQos: [{ from: 1, to: 2 }] },
  })
  t.like(await net.links.get('v7'), {
    kind: 'vlan',
    data: { id: 7, protocol: '802.1ad', egressQos: [{ from: 1, to: 2 }] },
  })
  await t.throwsAsync(net.links.add({ ...vlan, data: { id: 4096 } }), {
    instanceOf: NetlinkError,
    message: /: ERANGE: .*VLAN id/,
  })
})
dummyTest('a dummy needs no settings', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({ kind: 'dummy', name: 'd', up: true })
  t.like(await net.links.get('d'), { kind: 'dummy', up: true })
})

kernelTest('the kernel names a link that is added without a name', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({ kind: 'ifb' })
  t.deepEqual(
    (await net.links.list({ kind: 'ifb' })).map(({ name }) => name),
    ['ifb0'],
  )
})

kernelTest('a link is deleted by name or index; deleting one end of a pair deletes both', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({ kind: 'veth', name: 'a', peer: { name: 'b' } })
  await net.links.add({ kind: 'ifb', name: 'c' })
  await net.links.delete('a')
  await net.links.delete((await net.links.get('c')).index)
  t.deepEqual(
    (await net.links.list()).map(({ name }) => name),
    ['lo'],
  )
})

kernelTest('requests of one tick are carried out in order, and names are resolved in turn', async (t) => {
  const { net } = await sandbox(t)
  const [, , , , , gone] = await Promise.all([
    net.links.add({ kind: 'ifb', name: 'a' }),
    net.links.set('a', { name: 'b' }),
    net.addresses.add({ link: 'b', address: '192.0.2.1/24' }),
    net.links.delete('b'),
    net.links.add({ kind: 'ifb', name: 'b', index: 77 }),
    net.addresses.list({ link: 77 }),
    net.addresses.add({ link: 'b', address: '192.0.2.2/24' }),
  ])
  t.deepEqual(gone, [])
  t.deepEqual(
    (await net.addresses.list({ link: 'b' })).map(({ address }) => address),
    ['192.0.2.2/24'],
  )
})

kernelTest('a request that fails does not affect those around it', async (t) => {
  const { net } = await sandbox(t)
  const results = await Promise.allSettled([
    net.links.add({ kind: 'ifb', name: 'a' }),
    net.links.add({ kind: 'ifb', name: 'a' }),
    net.links.add({ kind: 'ifb', name: 'a name that is too long' }),
    net.links.add({ kind: 'ifb', name: 'b' }),
  ])
  t.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  )
  t.deepEqual(
    (await net.links.list({ kind: 'ifb' })).map(({ name }) => name),
    ['a', 'b'],
  )
})

kernelTest('a missing link is a LinkNotFoundError, whichever call looks for it', async (t) => {
  const { net } = await sandbox(t)
  const error = await t.throwsAsync(net.links.set('nope', { up: true }), { instanceOf: LinkNotFoundError })
  t.like(error, { code: 'ENODEV', link: 'nope' })
  t.regex(error?.message ?? '', /link: ENODEV: no link has the name "nope"/)
  await t.throwsAsync(net.links.delete('nope'), { instanceOf: LinkNotFoundError, code: 'ENODEV' })
  await t.throwsAsync(net.links.get(4711), { instanceOf: LinkNotFoundError, code: 'ENODEV' })
  await t.throwsAsync(net.links.get('a-long-alternative-name'), { instanceOf: LinkNotFoundError })
  await t.throwsAsync(net.links.set(4711, { up: true }), { instanceOf: LinkNotFoundError })
  await t.throwsAsync(net.addresses.add({ link: 4711, address: '10.0.0.1/24' }), {
    instanceOf: LinkNotFoundError,
  })
  await t.throwsAsync(net.addresses.list({ link: 'nope' }), { instanceOf: LinkNotFoundError })
  const route = await t.throwsAsync(net.routes.add({ dst: '10.0.0.0/8', oif: 4711 }), {
    instanceOf: LinkNotFoundError,
  })
  t.is(route?.argument, 'oif')
  t.true(isNetlinkError(route?.cause, 'ENODEV'))
  await t.throwsAsync(net.links.add({ kind: 'macvlan', link: 'nope' }), {
    instanceOf: LinkNotFoundError,
    code: 'ENODEV',
  })
  // A vxlan's lower link is an attribute of its own, not IFLA_LINK.
  const vxlan = net.links.add({ kind: 'vxlan', link: 4711, data: { id: 5 } })
  t.is((await t.throwsAsync(vxlan, { instanceOf: LinkNotFoundError }))?.argument, 'link')
})

kernelTest('a name of more than 15 bytes is refused before it is sent', async (t) => {
  const { net } = await sandbox(t)
  const error = await t.throwsAsync(net.links.add({ kind: 'ifb', name: 'sixteen-bytes-xx' }), {
    instanceOf: EncodeError,
  })
  t.is(error?.path, 'ifname')
  t.regex(error?.message ?? '', /1 to 15 bytes/)
  const peer = net.links.add({ kind: 'veth', peer: { name: 'sixteen-bytes-xx' } })
  t.is((await t.throwsAsync(peer, { instanceOf: EncodeError }))?.path, 'linkinfo.data.peer.ifname')
})

kernelTest('unknown options are refused, with the nearest known one', async (t) => {
  const { net } = await sandbox(t)
  const error = await t.throwsAsync(net.links.set('lo', { upp: true } as never), {
    instanceOf: ArgumentError,
  })
  t.regex(error?.message ?? '', /changes has no option "upp"; did you mean "up"\?/)
  await t.throwsAsync(net.links.add({ kind: 'veth', peer: { up: true } as never }), {
    instanceOf: ArgumentError,
    message: /^peer\.up cannot be set/,
  })
  await t.throwsAsync(net.links.list({ knid: 'veth' } as never), { message: /^filter has no option "knid"/ })
  await t.throwsAsync(net.routes.list({ tabel: 'main' } as never), {
    message: /^filter has no option "tabel"; did you mean "table"/,
  })
  await t.throwsAsync(net.addresses.list({ linc: 'lo' } as never), {
    message: /^filter has no option "linc"/,
  })
  await t.throwsAsync(net.addresses.add({ link: 'lo', address: '192.0.2.1', brd: '+' } as never), {
    message: /^spec has no option "brd"/,
  })
  for (const nothing of [null, undefined, 7, []] as never[]) {
    await t.throwsAsync(net.links.add(nothing), { instanceOf: ArgumentError }, String(nothing))
    await t.throwsAsync(net.links.set('lo', nothing), { instanceOf: ArgumentError })
    await t.throwsAsync(net.routes.add(nothing), { instanceOf: ArgumentError })
    await t.throwsAsync(net.addresses.add(nothing), { instanceOf: ArgumentError })
  }
  for (const wrong of [0, -1, 1.5, '', {}, null]) {
    await t.throwsAsync(net.links.get(wrong as never), { instanceOf: ArgumentError }, String(wrong))
  }
})

kernelTest('moving lo is refused with the kernel’s reason', async (t) => {
  const here = await sandbox(t)
  const there = await sandbox(t)
  const error = await t.throwsAsync(here.net.links.set('lo', { netns: there.netns }), {
    instanceOf: NetlinkError,
  })
  t.is(error?.code, 'EINVAL')
  t.regex(error?.message ?? '', /^RTM_NEWLINK lo: EINVAL: .*(immutable|local|Invalid argument)/)
})

kernelTest('a refusal carries the kernel’s text and the attribute’s path', async (t) => {
  const { net } = await sandbox(t)
  const add = net.links.add({ kind: 'vxlan', name: 'vx', data: { id: 2 ** 25 } })
  const error = await t.throwsAsync(add, { instanceOf: NetlinkError })
  t.is(error?.attribute, 'linkinfo.data.id')
  t.regex(error?.message ?? '', /ERANGE: .* \(linkinfo\.data\.id = 33554432\)/)
  t.like(error?.request.value, { ifname: 'vx' })
})

kernelTest('a closed connection rejects what is pending and what comes later', async (t) => {
  const { netns } = await sandbox(t)
  const net = await RtNetlink.open({ netns })
  const pending = [net.links.get('lo'), net.links.set('lo', { up: true })]
  const dump = net.routes.dump()
  net.close()
  net.close()
  for (const result of await Promise.allSettled([...pending, dump.next()])) {
    t.like(result, { status: 'rejected', reason: { code: 'ERR_NETLINK_CLOSED' } })
  }
  await t.throwsAsync(net.links.get(1), { code: 'ERR_NETLINK_CLOSED' })
  await t.throwsAsync(net.links.list(), { code: 'ERR_NETLINK_CLOSED' })
})
