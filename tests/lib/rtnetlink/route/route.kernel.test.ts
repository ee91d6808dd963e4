import { ArgumentError, EncodeError, LinkNotFoundError, NetlinkError } from '../../../../lib/index.js'
import { kernelTest } from '../../../helpers/needs.js'
import { joined, sandbox } from '../../../helpers/sandbox.js'

kernelTest('adding an address adds the route of its prefix', async (t) => {
  const { here } = await joined(t)
  const routes = await here.net.routes.list({ family: 'inet', table: 'main' })
  t.is(routes.length, 1)
  t.like(routes[0], {
    dst: '192.0.2.0/24',
    protocol: 'kernel',
    scope: 'link',
    type: 'unicast',
    prefsrc: '192.0.2.1',
  })
})

kernelTest('routes are added, listed as they were given, and deleted as they were listed', async (t) => {
  const { here } = await joined(t)
  const { net } = here
  await net.addresses.add({ link: 'left', address: '2001:db8::1/64', flags: ['nodad'] })
  await net.routes.add({ dst: 'default', gateway: '192.0.2.2', metrics: { mtu: 1300 } })
  await net.routes.add({ dst: '10.1.0.0/16', oif: 'left', priority: 50, table: 1000, protocol: 'static' })
  await net.routes.add({ dst: '10.2.3.4', type: 'blackhole', table: 1000 })
  await net.routes.add({ dst: '10.3.0.0/16', gateway: '2001:db8::2', oif: 'left', table: 1000 })
  await net.routes.add({ dst: '2001:db8:1::/48', gateway: '2001:db8::2', table: 1000 })
  await net.routes.add({
    dst: '10.4.0.0/16',
    table: 1000,
    multipath: [
      { gateway: '192.0.2.2', weight: 3 },
      { gateway: '192.0.2.3', oif: 'left' },
    ],
  })
  const [way] = (await net.routes.list({ table: 'main' })).filter(({ dst }) => dst === 'default')
  t.like(way, { gateway: '192.0.2.2', protocol: 'boot', scope: 'global', metrics: { mtu: 1300 } })
  const mine = await net.routes.list({ table: 1000 })
  const find = (dst: string) => mine.find((route) => route.dst === dst)
  t.like(find('10.1.0.0/16'), { priority: 50, protocol: 'static', scope: 'link', table: 1000 })
  t.like(find('10.2.3.4/32'), { type: 'blackhole' })
  t.like(find('10.3.0.0/16'), { via: '2001:db8::2' })
  t.like(find('2001:db8:1::/48'), { gateway: '2001:db8::2', family: 'inet6' })
  t.deepEqual(
    find('10.4.0.0/16')?.multipath?.map(({ gateway, weight }) => [gateway, weight]),
    [
      ['192.0.2.2', 3],
      ['192.0.2.3', 1],
    ],
  )
  for (const route of mine) await net.routes.delete(route)
  t.deepEqual(await net.routes.list({ table: 1000 }), [])
  for (const route of mine) await net.routes.add(route)
  t.deepEqual(await net.routes.list({ table: 1000 }), mine)
})

kernelTest('a table without routes lists as empty', async (t) => {
  const { net } = await sandbox(t)
  t.deepEqual(await net.routes.list({ family: 'inet', table: 'main' }), [])
  t.deepEqual(await net.routes.list({ table: 1234 }), [])
})

kernelTest('replace replaces the route that exists', async (t) => {
  const { here } = await joined(t)
  const { routes } = here.net
  await routes.replace({ dst: '10.0.0.0/8', gateway: '192.0.2.2' })
  await routes.replace({ dst: '10.0.0.0/8', gateway: '192.0.2.3' })
  const found = (await routes.list({ table: 'main' })).filter(({ dst }) => dst === '10.0.0.0/8')
  t.deepEqual(
    found.map(({ gateway }) => gateway),
    ['192.0.2.3'],
  )
})

kernelTest('a route is looked up as for a packet', async (t) => {
  const { here } = await joined(t)
  const { routes } = here.net
  await routes.add({ dst: '10.0.0.0/8', gateway: '192.0.2.2' })
  t.like(await routes.get('10.9.9.9'), {
    dst: '10.9.9.9/32',
    gateway: '192.0.2.2',
    prefsrc: '192.0.2.1',
    table: 'main',
  })
  t.like(await routes.get('10.9.9.9', { fibMatch: true }), { dst: '10.0.0.0/8' })
  t.like(await routes.get('192.0.2.1'), { type: 'local' })
  await t.throwsAsync(routes.get('203.0.113.1'), { instanceOf: NetlinkError, code: 'ENETUNREACH' })
  await t.throwsAsync(routes.get('nowhere'), {
    instanceOf: ArgumentError,
    message: /^dst must be .* got "nowhere"/,
  })
  const signal = AbortSignal.abort(new Error('enough'))
  await t.throwsAsync(routes.get('10.9.9.9', { signal }), { message: 'enough' })
})

kernelTest('routes filter by family, table, protocol, type and link', async (t) => {
  const { here } = await joined(t)
  const { net } = here
  await net.routes.add({ dst: '10.0.0.0/8', gateway: '192.0.2.2', protocol: 'bgp' })
  t.deepEqual(
    (await net.routes.list({ protocol: 'bgp' })).map(({ dst }) => dst),
    ['10.0.0.0/8'],
  )
  t.true((await net.routes.list({ family: 'inet6' })).every(({ family }) => family === 'inet6'))
  t.true((await net.routes.list({ type: 'broadcast' })).length > 0)
  t.deepEqual(
    (await net.routes.list({ table: 'main', family: 'inet', oif: 'left' })).map(({ dst }) => dst).sort(),
    ['10.0.0.0/8', '192.0.2.0/24'],
  )
  t.deepEqual(await net.routes.list({ table: 4711 }), [])
})

kernelTest('a route without a usable next hop is refused with the kernel’s text', async (t) => {
  const { here } = await joined(t)
  const { routes } = here.net
  const error = await t.throwsAsync(routes.add({ dst: '10.0.0.0/8', gateway: '203.0.113.1' }), {
    instanceOf: NetlinkError,
  })
  t.is(error?.code, 'ENETUNREACH')
  t.regex(error?.message ?? '', /^RTM_NEWROUTE 10\.0\.0\.0\/8: ENETUNREACH: Nexthop has invalid gateway/)
  await t.throwsAsync(routes.delete({ dst: '10.0.0.0/8' }), { code: 'ESRCH' })
  await routes.add({ dst: '10.0.0.0/8', gateway: '192.0.2.2' })
  await t.throwsAsync(routes.add({ dst: '10.0.0.0/8', gateway: '192.0.2.3' }), { code: 'EEXIST' })
})

kernelTest('an invalid route is refused before it is sent', async (t) => {
  const { net } = await sandbox(t)
  const { routes } = net
  await t.throwsAsync(routes.add({ dst: '10.0.0.0/33' }), {
    instanceOf: ArgumentError,
    message: /^dst .*0 to 32/,
  })
  await t.throwsAsync(routes.add({ dst: '2001:db8::/129' }), {
    instanceOf: ArgumentError,
    message: /0 to 128/,
  })
  await t.throwsAsync(routes.add({ dst: 'default', gateway: 'x' }), {
    instanceOf: ArgumentError,
    message: /^gateway /,
  })
  await t.throwsAsync(routes.add({ dst: 'default', oif: 'nope' }), { instanceOf: LinkNotFoundError })
  await t.throwsAsync(routes.add({ dst: 'default', oif: 1, protocol: 'bogus' as never }), {
    instanceOf: EncodeError,
    message: /^protocol must be .* got "bogus"/,
  })
  await t.throwsAsync(routes.add({ dst: 'default', metric: 5 } as never), {
    instanceOf: EncodeError,
    message: /^metric .*/,
  })
  await t.throwsAsync(routes.add({ dst: 'default', multipath: [{ gateway: '192.0.2.1', weight: 0 }] }), {
    instanceOf: ArgumentError,
    message: /^multipath\.0\.weight must be .* got 0/,
  })
})

kernelTest('thousands of requests in one tick each get their own answer', async (t) => {
  const { here } = await joined(t)
  const { routes } = here.net
  const all = Array.from({ length: 30_000 }, (_, i) => `10.${i >> 14}.${(i >> 6) & 255}.${(i & 63) * 4}/30`)
  const bad = new Set([0, 777, 29_999])
  const results = await Promise.allSettled(
    all.map((dst, i) => routes.add({ dst, gateway: bad.has(i) ? '203.0.113.1' : '192.0.2.2' })),
  )
  const failed = results.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))
  t.deepEqual(failed, [...bad])
  t.is((await routes.list({ table: 'main', protocol: 'boot' })).length, all.length - bad.size)
})

kernelTest('dumps may be abandoned, run concurrently, and be mixed with requests', async (t) => {
  const { here } = await joined(t)
  const { routes, links } = here.net
  await Promise.all(
    Array.from({ length: 3000 }, (_, i) => routes.add({ dst: `10.0.${i >> 8}.${i & 255}`, oif: 'left' })),
  )
  let count = 0
  for await (const _ of routes.dump({ table: 'main' })) if (++count === 10) break
  t.is(count, 10)
  const one = routes.dump({ family: 'inet', table: 'main' })
  const two = routes.dump({ family: 'inet', table: 'main' })
  let both = 0
  for (;;) {
    const [a, b] = await Promise.all([one.next(), two.next(), links.get('lo')])
    if (a.done || b.done) break
    t.is(a.value.dst, b.value.dst)
    both++
  }
  t.is(both, 3001)
})
