import { connectUplink, isArgumentError } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { sandbox } from '../../helpers/sandbox.js'
import { FROM_ROUTER, fetchFrom, snapshot, world } from '../../helpers/uplink-world.js'

/** Subnets that overlap with something, and what the error names. */
const REFUSED: readonly (readonly [subnet: string, by: RegExp])[] = [
  // The router's own addresses: the same, a part, and the whole.
  ['198.51.100.0/24', /overlaps with 198\.51\.100\.1\/24 of up/],
  ['198.51.100.128/25', /of up/],
  ['198.51.0.0/16', /of up/],
  ['10.55.0.0/24', /overlaps with the route to 10\.55\.0\.0\/16 by up/],
  ['10.55.4.5/30', /10\.55\.4\.4\/30 overlaps with the route to 10\.55\.0\.0\/16/],
  ['10.54.0.0/15', /the route to 10\.55\./],
  ['10.66.0.0/24', /the route to 10\.66\.0\.128\/25/],
  ['10.67.0.0/24', /the route to 10\.67\.0\.7\/32/],
  ['10.98.0.0/16', /10\.98\.0\.0\/16 overlaps with the prohibit route to 10\.98\.0\.0\/30/],
  ['10.99.0.0/16', /overlaps with the blackhole route to 10\.99\.0\.0\/16/],
  ['10.69.0.0/24', /10\.69\.0\.2\/32 of up/],
  ['10.91.0.0/24', /10\.91\.0\.1\/24 of uplink-[0-9a-f]{8}, the uplink of another namespace/],
  ['10.88.0.0/16', /10\.88\.3\.1\/24 of lan9/],
  ['127.0.0.0/24', /127\.0\.0\.0\/8 \(loopback\)/],
  ['127.5.0.0/16', /loopback/],
  ['0.0.0.0/0', /“this network”/],
  ['0.0.0.0/24', /“this network”/],
  ['126.0.0.0/7', /loopback/],
  ['169.254.7.0/24', /link-local/],
  ['224.0.0.0/24', /multicast/],
  ['239.1.1.0/24', /multicast/],
  ['240.0.0.0/24', /reserved/],
  ['255.255.255.0/24', /reserved/],
  ['10.44.0.0/24', /10\.44\.0\.1\/16 of other in the namespace itself/],
]
const REFUSED6: readonly (readonly [subnet: string, by: RegExp])[] = [
  ['2001:db8:100::/64', /2001:db8:100::1\/64 of up/],
  ['2001:db8:100::/48', /2001:db8:100::1\/64 of up/],
  ['2001:db8:55:1::/64', /the route to 2001:db8:55::\/48 by up/],
  ['fd77::/64', /fd77::1\/64 of uplink-[0-9a-f]{8}, the uplink of another namespace/],
  ['fe80::/64', /fe80::\/10 \(link-local/],
  ['ff02::/64', /multicast/],
  ['::/64', /loopback/],
  ['::ffff:10.0.0.0/112', /embedded IPv4/],
]

kernelTest(
  'a given subnet that overlaps with another network is refused, with what it overlaps',
  async (t) => {
    const { router, net } = await world(t)
    const [{ netns: inside, net: inner }, { netns: one }, { netns: two }] = [
      await sandbox(t),
      await sandbox(t),
      await sandbox(t),
    ]
    for (const dst of [
      '10.55.0.0/16',
      '10.66.0.128/25',
      '10.67.0.7/32',
      '0.0.0.0/1',
      '128.0.0.0/1',
      'default',
    ])
      await net.routes.add({ dst, gateway: '198.51.100.2' })
    await net.routes.add({ dst: '10.55.9.0/24', gateway: '198.51.100.2', table: 77 })
    await net.routes.add({ dst: '2001:db8:55::/48', gateway: '2001:db8:100::2' })
    await net.routes.add({ dst: '10.98.0.0/30', type: 'prohibit' })
    for (const type of ['unreachable', 'blackhole'] as const)
      await net.routes.add({
        dst: type === 'blackhole' ? '10.99.0.0/16' : '10.0.0.0/8',
        type,
        priority: 9999,
      })
    await net.addresses.add({ link: 'up', address: '10.68.0.1/32', peer: '10.69.0.2/32' })
    await inner.links.add({ kind: 'veth', name: 'other', peer: { name: 'other2' } })
    await inner.addresses.add({ link: 'other', address: '10.44.0.1/16' })
    const first = await connectUplink(one, { via: router, subnet: '10.91.0.0/24', subnet6: 'fd77::/64' })
    const second = await connectUplink(two, { via: router, bridge: 'lan9', subnet: '10.88.3.0/24' })
    const before = await snapshot(router)
    for (const [argument, cases] of [
      ['subnet', REFUSED],
      ['subnet6', REFUSED6],
    ] as const) {
      for (const [value, by] of cases) {
        const error = await t.throwsAsync(
          connectUplink(inside, { via: router, [argument]: value }),
          undefined,
          value,
        )
        t.true(isArgumentError(error), value)
        t.like(error, { argument, value })
        t.regex(error.message, by, value)
      }
    }
    t.deepEqual(await snapshot(router), before)
    // Around a subnet, reject routes do no harm, and what lies beside is free.
    for (const subnet of ['10.99.1.0/24', '10.56.0.0/16', '10.67.1.0/24', '198.51.101.0/24']) {
      const uplink = await connectUplink(inside, { via: router, subnet })
      t.is(await fetchFrom(inside), FROM_ROUTER[4])
      await uplink.disconnect()
    }
    t.deepEqual(await snapshot(router), before)
    for (const uplink of [first, second]) await uplink.disconnect()
  },
)

kernelTest('a subnet that is too small, of the wrong version or no prefix is refused', async (t) => {
  const { router } = await world(t)
  const { netns: inside } = await sandbox(t)
  const wrong = [
    { subnet: '10.1.0.0/31' },
    { subnet: '10.1.0.0' },
    { subnet: 'fd00::/64' },
    { subnet: '10.1.0.0/33' },
    { subnet: '10.1/16' },
    { subnet: '' },
    { subnet6: 'fd00::/127' },
    { subnet6: 'fd00::' },
    { subnet6: '10.1.0.0/16' },
    { subnet6: 'fd00::/64', ipv6: false },
    { ipv6: 'yes' as never },
    { openForward: 1 as never },
  ]
  for (const options of wrong) {
    const error = await t.throwsAsync(connectUplink(inside, { via: router, ...options }))
    t.true(isArgumentError(error), JSON.stringify(options))
  }
})

kernelTest(
  'an automatic subnet avoids routes to a part of it, and two halves of a default route',
  async (t) => {
    const { router, net } = await world(t)
    const { netns: inside } = await sandbox(t)
    for (const dst of ['0.0.0.0/1', '128.0.0.0/1', '10.0.0.0/7'])
      await net.routes.add({ dst, gateway: '198.51.100.2' })
    // All but the last /24 of the pool, each by a route to one host.
    await net.routes.addAll(
      Array.from({ length: 255 * 64 }, (_, i) => ({
        dst: `10.213.${i >> 6}.${(i & 63) * 4 + 2}/32`,
        gateway: '198.51.100.2',
      })),
    )
    const uplink = await connectUplink(inside, { via: router })
    t.regex(uplink.address, /^10\.213\.255\.\d+\/30$/)
    await uplink.disconnect()
    await net.routes.add({ dst: '10.213.255.0/24', gateway: '198.51.100.2' })
    await t.throwsAsync(connectUplink(inside, { via: router }), {
      code: 'ENOSPC',
      message: /pass another as `subnet`/,
    })
  },
)

kernelTest('the gateway of a bridge of others is its address, wherever that is in its subnet', async (t) => {
  const { router, net } = await world(t)
  const { netns: inside } = await sandbox(t)
  await net.links.add({ kind: 'bridge', name: 'br7', up: true })
  await net.addresses.add({ link: 'br7', address: '10.7.0.254/24' })
  await net.addresses.add({ link: 'br7', address: 'fd07::fe/64', flags: ['nodad'] })
  const before = await snapshot(router)
  await using uplink = await connectUplink(inside, { via: router, bridge: 'br7' })
  t.is(uplink.gateway, '10.7.0.254')
  t.is(uplink.ipv6?.gateway, 'fd07::fe')
  t.is(await fetchFrom(inside), FROM_ROUTER[4])
  t.is(await fetchFrom(inside, 6), FROM_ROUTER[6])
  await t.throwsAsync(connectUplink(inside, { via: router, bridge: 'br8' }), {
    message:
      /^bridge must be br7, the bridge that the namespace is connected by; disconnect the namespace first/,
  })
  await uplink.disconnect()
  t.deepEqual(await snapshot(router), before)
})
