import { execFileSync } from 'node:child_process'
import { Netns, RtNetlink } from '../../../../lib/index.js'
import { toolTest } from '../../../helpers/needs.js'
import { netnsName } from '../../../helpers/sandbox.js'

/* Random routes are in tests/model; these are the cases that were wrong once. */

const ipTest = toolTest('ip')

async function stage(t: Parameters<typeof netnsName>[0]) {
  const name = netnsName(t)
  Netns.create(name).close()
  const ip = (...lines: string[]) =>
    lines.map((words) => execFileSync('ip', ['-n', name, ...words.split(' ')], { encoding: 'utf8' })).join('')
  ip(
    'link add v0 type veth peer name v1',
    'link set v0 up',
    'link set v1 up',
    'link set lo up',
    'addr add 10.1.1.1/24 dev v0',
    'addr add 10.1.1.11/24 dev v0',
    '-6 addr add 2001:db8::1/64 dev v0 nodad',
  )
  const net = await RtNetlink.open({ netns: name })
  t.teardown(() => net.close())
  const list = async () => (await net.routes.list({ table: 100 })).map(({ cacheinfo: _, ...route }) => route)
  return { ip, net, list, show: () => ip('-d -4 route show table 100', '-d -6 route show table 100') }
}

/** Deletes each route as it is listed, one at a time, and adds it again. */
for (const [title, commands] of [
  [
    'with the id of a next hop object',
    [
      'nexthop add id 7 via 10.1.1.2 dev v0',
      'nexthop add id 8 via 2001:db8::2 dev v0',
      'route add 10.9.0.0/16 nhid 7 table 100',
      '-6 route add 2001:db8:9::/48 nhid 8 table 100',
    ],
  ],
  [
    'with a next hop object that is a blackhole',
    [
      'nexthop add id 7 blackhole',
      '-6 nexthop add id 8 blackhole',
      'route add 10.9.0.0/16 nhid 7 table 100',
      '-6 route add 2001:db8:9::/48 nhid 8 table 100',
    ],
  ],
  [
    'with a next hop object that is a group',
    [
      'nexthop add id 7 via 10.1.1.2 dev v0',
      'nexthop add id 8 via 10.1.1.3 dev v0',
      'nexthop add id 9 group 7/8',
      'route add 10.9.0.0/16 nhid 9 table 100',
      '-6 route add blackhole 2001:db8:9::/48 table 100',
    ],
  ],
  [
    'that differ in type of service and metric',
    [
      'route add 10.9.0.0/16 dev v0 table 100',
      'route add 10.9.0.0/16 dev v0 table 100 tos 4',
      'route add 10.9.0.0/16 dev v0 table 100 metric 5',
      '-6 route add 2001:db8:9::/48 dev v0 table 100',
      '-6 route add 2001:db8:9::/48 dev v0 table 100 metric 5',
    ],
  ],
  [
    'of several next hops',
    [
      'route add 10.9.0.0/16 table 100 nexthop via 10.1.1.2 weight 3 nexthop via 10.1.1.3',
      '-6 route add 2001:db8:9::/48 table 100 nexthop via 2001:db8::2 weight 3 nexthop via 2001:db8::3',
    ],
  ],
] as const) {
  ipTest(`a listed route can go back: ${title}`, async (t) => {
    const { ip, net, list, show } = await stage(t)
    ip(...commands)
    const before = await list()
    const shown = show()
    t.true(before.length >= 2)
    for (const route of before) {
      await net.routes.delete(route)
      t.deepEqual(
        await list(),
        before.filter((one) => one !== route),
      )
      await net.routes.add(route)
      t.deepEqual(await list(), before)
      t.is(show(), shown)
    }
  })
}

ipTest('of routes with metrics and without, the listed one is deleted', async (t) => {
  const { ip, net, list } = await stage(t)
  ip('route add 10.9.0.0/16 dev v0 table 100 mtu 1300', 'route append 10.9.0.0/16 dev v0 table 100')
  const [first, second] = await list()
  t.deepEqual([first?.metrics, second?.metrics], [{ mtu: 1300 }, undefined])
  await net.routes.delete(second as NonNullable<typeof second>)
  t.deepEqual(await list(), [first])
  // A reference that leaves it open matches any.
  await net.routes.delete({ dst: '10.9.0.0/16', table: 100 })
  t.deepEqual(await list(), [])
})

ipTest('of IPv6 routes with a gateway and without, the listed one is deleted', async (t) => {
  const { ip, net, list } = await stage(t)
  ip(
    '-6 route add 2001:db8:9::/48 via 2001:db8::2 dev v0 table 100',
    '-6 route append 2001:db8:9::/48 dev v0 table 100',
  )
  const listed = await list()
  const direct = listed.find(({ gateway }) => gateway === undefined)
  t.is(listed.length, 2)
  await net.routes.delete(direct as NonNullable<typeof direct>)
  t.deepEqual(
    await list(),
    listed.filter((one) => one !== direct),
  )
})

ipTest('the remaining time of an IPv6 route is listed and comes back', async (t) => {
  const { ip, net, list } = await stage(t)
  ip(
    '-6 route add 2001:db8:9::/48 dev v0 table 100 expires 1000',
    '-6 route add 2001:db8:a::/48 dev v0 table 100',
  )
  const [limited, other] = await list()
  const near = (seconds: number | undefined) => seconds !== undefined && seconds > 990 && seconds <= 1000
  t.true(near(limited?.expires))
  t.is(other?.expires, undefined)
  await net.routes.delete(limited as NonNullable<typeof limited>)
  await net.routes.add(limited as NonNullable<typeof limited>)
  t.true(near((await list())[0]?.expires))
})

ipTest('IPv6 next hops are appended, and the routes before and after as with ip(8)', async (t) => {
  const { net, list } = await stage(t)
  const { routes } = net
  const six = { dst: '2001:db8:9::/48', table: 100 } as const
  await routes.add({ ...six, gateway: '2001:db8::2' })
  await t.throwsAsync(routes.add({ ...six, gateway: '2001:db8::3' }), { code: 'EEXIST' })
  await routes.append({ ...six, gateway: '2001:db8::3' })
  t.deepEqual(
    (await list())[0]?.multipath?.map(({ gateway }) => gateway),
    ['2001:db8::2', '2001:db8::3'],
  )
  await t.throwsAsync(routes.change({ dst: '2001:db8:77::/48', table: 100, oif: 'v0' }), { code: 'ENOENT' })
  await routes.delete((await list())[0] as Awaited<ReturnType<typeof list>>[number])
  t.deepEqual(await list(), [])

  const four = { dst: '10.9.0.0/16', table: 100 } as const
  await routes.add({ ...four, gateway: '10.1.1.2' })
  await routes.append({ ...four, gateway: '10.1.1.3' })
  await routes.prepend({ ...four, gateway: '10.1.1.4' })
  const gateways = async () => (await list()).map(({ gateway }) => gateway)
  t.deepEqual(await gateways(), ['10.1.1.4', '10.1.1.2', '10.1.1.3'])
  await routes.change({ ...four, gateway: '10.1.1.5' })
  t.deepEqual(await gateways(), ['10.1.1.5', '10.1.1.2', '10.1.1.3'])
  t.is(await routes.appendAll([6, 7].map((i) => ({ ...four, gateway: `10.1.1.${i}` }))), 2)
  t.is(await routes.prependAll([8].map((i) => ({ ...four, gateway: `10.1.1.${i}` }))), 1)
  t.is(await routes.changeAll([9].map((i) => ({ ...four, gateway: `10.1.1.${i}` }))), 1)
  t.deepEqual(await gateways(), ['10.1.1.9', '10.1.1.5', '10.1.1.2', '10.1.1.3', '10.1.1.6', '10.1.1.7'])
})
