/** What the kernel does not announce of routes, or announces in parts: the events still add up to the listing. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { followed, ip } from '../../../helpers/follow.js'
import { toolTest } from '../../../helpers/needs.js'
import { joined } from '../../../helpers/sandbox.js'

const test = toolTest('ip')

async function routesOf(t: ExecutionContext<unknown>) {
  const { here, there } = await joined(t)
  ip(here.netns, 'addr add 192.0.2.5/24 dev left')
  ip(here.netns, 'addr add fd00::1/64 dev left nodad')
  const watch = followed(t, here.net, ['route'])
  await watch.synced()
  const run = (...commands: readonly string[]) => {
    for (const words of commands) ip(here.netns, words)
  }
  return { here, there, run, ...watch }
}

const CASES: Readonly<Record<string, readonly string[]>> = {
  'ip -6 route append': [
    '-6 route add fd09::/64 via fd00::3',
    '-6 route append fd09::/64 via fd00::4',
    '-6 route append fd09::/64 via fd00::5',
  ],
  'the removal of one of several next hops': [
    '-6 route add fd09::/64 nexthop via fd00::3 nexthop via fd00::4 nexthop via fd00::5',
    '-6 route del fd09::/64 via fd00::4',
  ],
  'an IPv6 route of several next hops that is replaced by one, and the other way round': [
    '-6 route add fd09::/64 nexthop via fd00::3 nexthop via fd00::4',
    '-6 route replace fd09::/64 via fd00::5',
    '-6 route replace fd09::/64 nexthop via fd00::6 nexthop via fd00::7',
  ],
  'routes that differ in their preferred source only': [
    'route add 10.9.0.0/16 via 192.0.2.2 src 192.0.2.1',
    'route append 10.9.0.0/16 via 192.0.2.2 src 192.0.2.5',
    'route del 10.9.0.0/16 via 192.0.2.2 src 192.0.2.5',
  ],
  'routes that differ in their protocol only': [
    'route add 10.9.0.0/16 via 192.0.2.2 proto static',
    'route append 10.9.0.0/16 via 192.0.2.2 proto bird',
    'route del 10.9.0.0/16 via 192.0.2.2 proto static',
  ],
  'routes that differ in their metrics only': [
    'route add 10.9.0.0/16 via 192.0.2.2 mtu 1300',
    'route append 10.9.0.0/16 via 192.0.2.2 mtu 1200',
    'route append 10.9.0.0/16 via 192.0.2.2',
    'route del 10.9.0.0/16',
  ],
  'routes that differ in their realm or the onlink flag only': [
    'route add 10.9.0.0/16 via 192.0.2.2 realm 5',
    'route append 10.9.0.0/16 via 192.0.2.2 realm 6',
    'route append 10.9.0.0/16 via 192.0.2.2 dev left onlink',
    'route del 10.9.0.0/16 via 192.0.2.2 realm 6',
  ],
  'prepend, then replace': [
    'route add 10.9.0.0/16 via 192.0.2.2',
    'route append 10.9.0.0/16 via 192.0.2.3',
    'route prepend 10.9.0.0/16 via 192.0.2.4',
    'route replace 10.9.0.0/16 via 192.0.2.6',
  ],
  'IPv4 routes whose next hop object is deleted': [
    'nexthop add id 1 via 192.0.2.2 dev left',
    'route add 10.9.0.0/16 nhid 1',
    'route add 10.8.0.0/16 nhid 1 table 100',
    'nexthop del id 1',
  ],
  'routes whose next hop object is replaced': [
    'nexthop add id 1 via 192.0.2.2 dev left',
    'route add 10.9.0.0/16 nhid 1',
    'nexthop replace id 1 via 192.0.2.3 dev left',
    'nexthop add id 2 via fd00::3 dev left',
    '-6 route add fd09::/64 nhid 2',
    'nexthop replace id 2 via fd00::4 dev left',
  ],
  'routes through an address that is removed, in any table': [
    'route add 10.9.0.0/16 via 192.0.2.2 src 192.0.2.5 table 100',
    '-6 addr add fd00::9/128 dev lo nodad',
    '-6 route add fd09::/64 via fd00::3 src fd00::9',
    'addr del 192.0.2.5/24 dev left',
    '-6 addr del fd00::9/128 dev lo',
  ],
  'next hops whose link loses its last address and then changes in anything': [
    'link add d0 type ifb',
    'link set d0 up',
    'addr add 10.0.1.1/24 dev d0',
    'route add 10.9.0.0/16 nexthop via 192.0.2.2 nexthop via 10.0.1.3',
    'addr del 10.0.1.1/24 dev d0',
    'link set d0 alias x',
    'addr add 10.0.1.1/24 dev d0',
  ],
  'routes of a link that goes down, in any table': [
    'route add 10.9.0.0/16 via 192.0.2.2 table 100',
    '-6 route add fd09::/64 via fd00::3 table 100',
    'link set left down',
  ],
  'the metric of IPv6 routes that follows the MTU': [
    '-6 route add fd09::/64 via fd00::3 mtu 1500',
    'link set left mtu 1400',
  ],
}

for (const [title, commands] of Object.entries(CASES)) {
  test(`the events add up to the routes: ${title}`, async (t) => {
    const { run, addsUp } = await routesOf(t)
    for (const [i, command] of commands.entries()) {
      run(command)
      // The last two come at once.
      if (i < commands.length - 2) await addsUp()
    }
    await addsUp()
  })
}

test('the events add up to the routes: a link that loses its carrier, and gets it back', async (t) => {
  const { here, there, run, addsUp, events } = await routesOf(t)
  run('-6 route add fd09::/64 nexthop via fd00::3 nexthop via fd00::4', 'route add 10.9.0.0/16 via 192.0.2.2')
  await addsUp()
  ip(there.netns, 'link set right down')
  // The kernel notices with a delay. net/core/link_watch.c
  while ((await here.net.links.get('left')).carrier) await sleep(5)
  await addsUp()
  const down = await here.net.routes.list()
  t.true(down.some(({ flags }) => flags.includes('linkdown')))
  t.true(events.some((event) => event.type === 'changed' && 'flags' in event.difference))
  ip(there.netns, 'link set right up')
  while (!(await here.net.links.get('left')).carrier) await sleep(5)
  await addsUp()
})

test('the events add up to the routes: ignore_routes_with_linkdown', async (t) => {
  const { here, there, run, addsUp } = await routesOf(t)
  run('-6 route add fd09::/64 via fd00::3', 'route add 10.9.0.0/16 via 192.0.2.2')
  ip(there.netns, 'link set right down')
  while ((await here.net.links.get('left')).carrier) await sleep(5)
  await addsUp()
  for (const family of ['ipv4', 'ipv6']) {
    for (const name of ['left', 'all']) {
      here.netns.sysctl.set(`net.${family}.conf.${name}.ignore_routes_with_linkdown`, 1)
    }
    await addsUp()
  }
  const dead = (await here.net.routes.list()).filter(({ flags }) => flags.includes('dead'))
  t.deepEqual(new Set(dead.map(({ family }) => family)), new Set(['inet', 'inet6']))
})

test('the events add up to the routes: skip_notify_on_dev_down', async (t) => {
  const { here, run, addsUp } = await routesOf(t)
  here.netns.sysctl.set('net.ipv6.route.skip_notify_on_dev_down', 1)
  run('-6 route add fd09::/64 via fd00::3')
  await addsUp()
  run('link set left down')
  await addsUp()
  t.false((await here.net.routes.list()).some(({ dst }) => dst === 'fd09::/64'))
})

test('the events add up to the routes: IPv6 that is turned off, with skip_notify_on_dev_down', async (t) => {
  const { here, run, addsUp } = await routesOf(t)
  here.netns.sysctl.set('net.ipv6.route.skip_notify_on_dev_down', 1)
  run('-6 route add throw fd09::/64')
  await addsUp()
  here.netns.sysctl.set('net.ipv6.conf.all.disable_ipv6', 1)
  await addsUp()
  t.false((await here.net.routes.list()).some(({ dst }) => dst === 'fd09::/64'))
})

test('a route that is replaced is changed; one of several is removed and another is added', async (t) => {
  const { run, addsUp, events } = await routesOf(t)
  run('route add 10.9.0.0/16 via 192.0.2.2', 'route replace 10.9.0.0/16 via 192.0.2.3')
  await addsUp()
  const [changed] = events.filter(({ type }) => type === 'changed')
  t.like(changed, { previous: { gateway: '192.0.2.2' }, value: { gateway: '192.0.2.3' } })
})
