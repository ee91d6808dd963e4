import fc from 'fast-check'
import type { Route, RouteSpec, RtNetlink } from '../../../lib/index.js'
import type { Stage } from '../stage.js'
import { type Kind, LINK_NAMES, partly, same, word, words } from './kind.js'

// Few values, so that keys collide.
const metrics = partly<{
  mtu: number
  advmss: number
  hoplimit: number
  initcwnd: number
  quickack: number
  lock: number
  ccAlgo: string
  features: 'ecn'[]
}>({
  mtu: fc.constantFrom(1300, 1400),
  advmss: fc.constant(1200),
  hoplimit: fc.constant(7),
  initcwnd: fc.constant(5),
  quickack: fc.constant(1),
  lock: fc.constant(4),
  ccAlgo: fc.constant('reno'),
  features: fc.constant(['ecn']),
}).filter(({ lock, mtu }) => lock === undefined || mtu !== undefined)

function metricWords(given: RouteSpec['metrics']): string[] {
  return Object.entries(given ?? {}).flatMap(([name, value]) => {
    if (name === 'lock') return []
    if (name === 'mtu') return [`mtu ${given?.lock ? 'lock ' : ''}${value}`]
    if (name === 'ccAlgo') return [`congctl ${value}`]
    if (name === 'features') return ['features ecn']
    return [`${name} ${value}`]
  })
}

function routeCommand(spec: RouteSpec): string {
  const {
    dst,
    family,
    type,
    tos,
    table,
    protocol,
    priority,
    prefsrc,
    oif,
    gateway,
    flags,
    multipath,
    nhId,
    pref,
    expires,
  } = spec
  return words(
    `${family === 'inet6' ? '-6' : '-4'} route append`,
    type !== undefined && type !== 'unicast' && String(type),
    dst,
    word('tos', tos),
    word('table', table),
    word('proto', protocol),
    word('metric', priority),
    word('src', prefsrc),
    word('via', gateway),
    oif !== undefined && `dev ${LINK_NAMES[oif as number]}`,
    flags?.includes('onlink') && 'onlink',
    word('nhid', nhId),
    word('pref', pref),
    word('expires', expires),
    ...metricWords(spec.metrics),
    ...(multipath ?? []).map((hop) =>
      words(
        'nexthop',
        word('via', hop.gateway),
        hop.oif !== undefined && `dev ${LINK_NAMES[hop.oif as number]}`,
        word('weight', hop.weight),
      ),
    ),
  )
}

function nextHops(gateways: readonly string[], ids: readonly number[]): fc.Arbitrary<Partial<RouteSpec>> {
  const gateway = fc.constantFrom(...gateways)
  const link = fc.constantFrom(10, 11)
  return fc.oneof(
    fc.record({ oif: link }),
    fc.record({ gateway }),
    fc.record({ gateway, oif: fc.constant(10) }),
    fc.record({ gateway, oif: link, flags: fc.constant(['onlink'] as const) }),
    fc.record({ nhId: fc.constantFrom(...ids) }),
    fc.record({ type: fc.constantFrom('blackhole', 'unreachable', 'prohibit', 'throw') }),
    fc.record({
      multipath: fc.uniqueArray(
        fc.record({ gateway, oif: fc.constant(10), weight: fc.constantFrom(1, 2, 7) }),
        {
          minLength: 2,
          maxLength: 3,
          selector: (hop) => hop.gateway,
        },
      ),
    }),
  )
}

function routeSpec(
  family: 'inet' | 'inet6',
  dst: fc.Arbitrary<string>,
  more: fc.Arbitrary<Partial<RouteSpec>>,
  hops: fc.Arbitrary<Partial<RouteSpec>>,
) {
  return fc
    .tuple(
      dst,
      hops,
      more,
      partly<RouteSpec>({
        table: fc.constantFrom(100, 1000),
        protocol: fc.constantFrom('static', 'bgp', 77),
        priority: fc.constantFrom(0, 5, 9),
        metrics,
      } as never),
    )
    .map(([to, hop, own, common]): RouteSpec => {
      const spec: RouteSpec = { dst: to, family, table: 100, ...common, ...own, ...hop }
      // Of one destination and metric, the kernel mixes up IPv6 routes with next hops of their own and those with next hop
      // objects, and leaves those without a gateway out of listings when they stand between others.
      if (family === 'inet6' && hop.nhId !== undefined) return { ...spec, dst: '2001:db8:11::/48' }
      if (family === 'inet6' && !hop.gateway && !hop.multipath) return { ...spec, dst: '2001:db8:12::/48' }
      // The gateways of other routes in the table are looked up in it.
      return to === 'default' && own.type !== undefined ? { ...spec, type: hop.type } : spec
    })
}

const routeKind = (family: 'inet' | 'inet6') => ({
  command: routeCommand,
  list: async (net: RtNetlink): Promise<Route[]> =>
    (await net.routes.list({ family })).filter(({ table }) => table === 100 || table === 1000),
  listAll: (net: RtNetlink): Promise<Route[]> => net.routes.list({ family }),
  less: ({ table: _, ...spec }: RouteSpec): RouteSpec => spec,
  add: (net: RtNetlink, spec: RouteSpec) => net.routes.append(spec),
  remove: (net: RtNetlink, route: Route) => net.routes.delete(route),
  shown: [100, 1000].map((table) => `-${family === 'inet' ? 4 : 6} route show table ${table}`),
  clear: async ({ net }: Stage, routes: readonly Route[]) => {
    await net.routes.deleteAll(routes, { onFailure() {} })
    for (const table of [100, 1000]) {
      await net.routes.deleteAll(await net.routes.list({ family, table }), { onFailure() {} })
    }
  },
})

export const ipv4Routes: Kind<RouteSpec, Route> = {
  ...routeKind('inet'),
  spec: routeSpec(
    'inet',
    fc.constantFrom('10.9.0.0/16', '10.9.1.1/32', 'default'),
    partly<RouteSpec>({
      prefsrc: fc.constantFrom('10.1.1.1', '10.1.1.11'),
      tos: fc.constantFrom(0, 4, 8),
      type: fc.constantFrom('unicast', 'local', 'broadcast', 'multicast'),
    } as never),
    nextHops(['10.1.1.2', '10.1.1.3', '10.1.1.4'], [1, 2, 3, 4]),
  ),
  // The kernel compares the preferred source and the congestion control only where a reference has one.
  ambiguous: (route, other) =>
    same(route, other, 'dst', 'tos', 'table', 'priority', 'type', 'oif', 'gateway', 'multipath', 'nhId') &&
    (route.nhId !== undefined ||
      (same(route, other, 'scope', 'protocol') &&
        (route.prefsrc === undefined || route.prefsrc === other.prefsrc) &&
        same(
          { ...route.metrics, ccAlgo: 0 },
          { ...other.metrics, ccAlgo: 0 },
          ...Object.keys({ ...route.metrics, ...other.metrics }),
        ))),
}

export const ipv6Routes: Kind<RouteSpec, Route> = {
  ...routeKind('inet6'),
  spec: routeSpec(
    'inet6',
    fc.constantFrom('2001:db8:9::/48', '2001:db8:9::1/128', 'default'),
    partly<RouteSpec>({
      prefsrc: fc.constantFrom('2001:db8::1', '2001:db8::11'),
      pref: fc.constantFrom('low', 'medium', 'high'),
      expires: fc.constantFrom(500, 1000),
    } as never),
    nextHops(['2001:db8::2', '2001:db8::3', '2001:db8::4'], [11, 12, 13, 14]),
  ),
}
