/** What the kernel does not announce of rules, addresses, neighbours and links. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RtNetlink } from '../../../../lib/index.js'
import { followed, ip } from '../../../helpers/follow.js'
import { toolTest } from '../../../helpers/needs.js'
import { joined, sandbox } from '../../../helpers/sandbox.js'

const test = toolTest('ip')

test('the events add up to the rules: links of iif and oif that come, go and are renamed', async (t) => {
  const { netns, net } = await sandbox(t)
  ip(netns, 'rule add iif later table 100 priority 10')
  ip(netns, '-6 rule add oif later table 100 priority 10')
  const { addsUp, events } = followed(t, net, ['rule'])
  await addsUp()
  const detached = (family: string) =>
    events.filter(
      (event) => event.type === 'changed' && (event.value as { family?: string }).family === family,
    )
  ip(netns, 'link add later type ifb')
  await addsUp()
  t.is(detached('inet').length, 1)
  t.is(detached('inet6').length, 1)
  ip(netns, 'link set later name earlier')
  await addsUp()
  ip(netns, 'link set earlier name later')
  await addsUp()
  ip(netns, 'link del later')
  await addsUp()
  t.true((await net.rules.list()).some(({ flags }) => flags.includes('iifDetached')))
})

test('the events add up to the rules: targets of goto that come and go', async (t) => {
  const { netns, net } = await sandbox(t)
  ip(netns, 'rule add priority 10 goto 50')
  const { addsUp, events } = followed(t, net, ['rule'])
  await addsUp()
  ip(netns, 'rule add priority 50 table 100')
  await addsUp()
  t.true(events.some((event) => event.type === 'changed' && 'flags' in event.difference))
  ip(netns, 'rule del priority 50')
  await addsUp()
})

test('the events add up to the addresses: peers that are changed, and peers of one address', async (t) => {
  const { netns, net } = await sandbox(t)
  ip(netns, 'link add d0 type ifb')
  ip(netns, 'link set d0 up')
  const { addsUp } = followed(t, net, ['address'])
  for (const words of [
    'addr add 10.0.0.1 peer 10.0.1.1/32 dev d0',
    'addr add 10.0.0.1 peer 10.0.1.2/32 dev d0',
    '-6 addr add fd00::1 peer fd00::2/128 dev d0 nodad',
    '-6 addr replace fd00::1 peer fd00::3/128 dev d0 nodad',
    '-6 addr add fd00::9/64 dev d0',
    '-6 addr replace fd00::9 peer fd00::3/128 dev d0',
    'addr del 10.0.0.1 peer 10.0.1.1/32 dev d0',
    'addr replace 10.0.0.1 peer 10.0.1.2/32 dev d0 metric 9',
    'link set d0 down',
  ]) {
    ip(netns, words)
    await addsUp()
  }
})

test('the events add up to the neighbours: entries of IPv6’s multicast addresses, and what a flush leaves', async (t) => {
  const { here } = await joined(t)
  const { addsUp } = followed(t, here.net, ['neighbour'])
  await addsUp()
  ip(here.netns, 'neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev left nud stale')
  await addsUp()
  ip(here.netns, 'link set left arp off')
  await addsUp()
  ip(here.netns, 'link set left down')
  await addsUp()
})

test('the events add up to the links: settings of a link that is down', async (t) => {
  const { netns, net } = await sandbox(t)
  ip(netns, 'link add d0 type bridge')
  const { addsUp, events, synced } = followed(t, net, ['link'])
  await synced()
  ip(netns, 'link set d0 alias one')
  ip(netns, 'link set d0 group 5')
  ip(netns, 'link set d0 type bridge ageing_time 1234')
  await addsUp()
  t.true(events.some((event) => event.type === 'changed' && 'ifalias' in event.difference))
})

test('the events add up to the links: pairs that are added, and whose ends move to another namespace', async (t) => {
  const { netns, net } = await sandbox(t)
  const there = await sandbox(t)
  const { addsUp } = followed(t, net, ['link'])
  await addsUp()
  ip(netns, 'link add v0 type veth peer name v1')
  await addsUp()
  await net.links.set('v1', { netns: there.netns })
  await addsUp()
  await there.net.links.delete('v1')
  await addsUp()
})

test('the events add up to the links: settings of a bridge’s port', async (t) => {
  const { here } = await joined(t)
  ip(here.netns, 'link add br0 type bridge')
  ip(here.netns, 'link set left master br0')
  const { addsUp } = followed(t, here.net, ['link'])
  await addsUp()
  await here.net.links.set('left', { slave: { kind: 'bridge', data: { isolated: true } } })
  await addsUp()
})

test('a link whose index is used again during an overrun is removed, and another is added', async (t) => {
  const { netns, net: other } = await sandbox(t)
  const net = await RtNetlink.open({ netns, receiveBuffer: 4096 })
  t.teardown(() => net.close())
  ip(netns, 'link add first index 77 type ifb')
  ip(netns, 'link add same index 78 type ifb')
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const events = net.watch(['link'], { signal: stop.signal })
  for (;;) if ((await events.next()).value?.type === 'synced') break
  // The watch is not read: its buffer overruns.
  for (let i = 0; i < 40; i++) await other.links.set('same', { ifalias: `${i}`, up: i % 2 === 0 })
  ip(netns, 'link del first')
  ip(netns, 'link add second index 77 type ifb')
  await other.links.set('same', { mtu: 1400 })
  const seen: string[] = []
  for (;;) {
    const { value } = await events.next()
    if (value?.type === 'synced') break
    if (value && 'object' in value) seen.push(`${value.type} ${value.value.name}`)
    else if (value) seen.push(value.type)
  }
  t.deepEqual(seen.slice(seen.indexOf('overrun')), [
    'overrun',
    'removed first',
    'added second',
    'changed same',
  ])
})

test('while 16 loops keep asking on the same connection, the watch gets its listing', async (t) => {
  const { net } = await sandbox(t)
  let ended = false
  const loops = Array.from({ length: 16 }, async () => {
    while (!ended) await net.links.get('lo')
  })
  const { synced } = followed(t, net, ['link', 'route'])
  await synced()
  await sleep(10)
  ended = true
  await Promise.all(loops)
  t.pass()
})
