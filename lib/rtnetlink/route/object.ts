import { type RouteMessageInput, routeMessage, routeProtocol, routeType } from '../../../protocol/index.js'
import type { LinkRef } from '../../link-reference.js'
import { assertKnownKeys } from '../../options.js'
import { canonical, familyGiven } from '../named.js'
import { type ApiOf, defineObject } from '../object/define.js'
import { addDefaults, deletionDefaults } from './defaults.js'
import { isListed, isSame } from './exact.js'
import { ROUTE_FAMILIES, type RouteFamily } from './fit.js'
import { isPartOfRoute, isRoute, ROUTE_HINTS, routeKey } from './key.js'
import { LOOKUP_KEYS, type LookupOptions, lookupMessageOf } from './lookup.js'
import { type Route, readRoute } from './read.js'
import { type RouteSpec, routeMessageOf } from './spec.js'

const tableCodec = routeMessage.attributes.table.table[1]

/** Which routes to list; a key that is left out matches all. */
export interface RouteFilter {
  readonly family?: RouteFamily | undefined
  /** `'main'`, `'local'`, `'default'`, or a number. */
  readonly table?: RouteMessageInput['table']
  readonly protocol?: RouteMessageInput['protocol']
  readonly type?: RouteMessageInput['type']
  /** Routes through this link, including those that have it as one of several next hops. */
  readonly oif?: LinkRef | undefined
}

/** The links of a route's message. */
function routeLinks({ oif, iif, multipath }: RouteMessageInput): Record<string, number | undefined> {
  const hops = multipath?.map(({ ifindex }, i) => [`multipath.${i}.oif`, ifindex || undefined]) ?? []
  return { oif, iif, ...Object.fromEntries(hops) }
}

/**
 * Routes of IPv4, IPv6 and MPLS. All but `delete` have iproute2's defaults: type `unicast`, protocol `boot`, table `main`
 * (`local` for the types local, broadcast, anycast and nat), and for IPv4 the scope that follows from type and gateway.
 * `append` and `prepend` add a route after or before those with the same destination, type of service and metric; for
 * IPv6, `append` adds a next hop to the route that is there. The kernel refuses with `ENETUNREACH` when the gateway cannot
 * be reached, and with `ENETDOWN` when the link is down. `delete` deletes the first route that matches, or is refused with
 * `ESRCH`: what is left out matches anything. With a listed route it deletes that one: what the kernel takes before it is
 * put back, in front of the others; `deleteAll` does not look. rtnetlink(7), ip-route(8)
 */
export const routes = defineObject(
  {
    name: 'route',
    messages: 'route',
    codec: routeMessage,
    // Cached entries are copies of routes for single destinations.
    read(view, at, length) {
      const route = readRoute(view, at, length)
      return route?.flags.includes('cloned') ? undefined : route
    },
    verbs: ['add', 'replace', 'change', 'append', 'prepend', 'delete'],
    message(spec: RouteSpec, _verb, resolver) {
      const message = routeMessageOf(spec, resolver)
      addDefaults(message)
      return message
    },
    deletion(spec: RouteSpec, resolver) {
      const message = routeMessageOf(spec, resolver)
      deletionDefaults(message)
      return message
    },
    subject: (spec: RouteSpec) => spec.dst,
    links: routeLinks,
    filter: {
      keys: ['family', 'table', 'protocol', 'type', 'oif'],
      select(filter: RouteFilter, resolver) {
        const family = familyGiven(filter.family, 'filter.family', ROUTE_FAMILIES) ?? 'unspec'
        const table = canonical(tableCodec, filter.table, 'filter.table')
        const protocol = canonical(routeProtocol, filter.protocol, 'filter.protocol')
        const type = canonical(routeType, filter.type, 'filter.type')
        const oif = filter.oif === undefined ? undefined : resolver.link(filter.oif, 'oif')
        return {
          request: { family, table, protocol, type, oif },
          matches: (route: Route) =>
            (family === 'unspec' || route.family === family) &&
            (table === undefined || route.table === table) &&
            (protocol === undefined || route.protocol === protocol) &&
            (type === undefined || route.type === type) &&
            (oif === undefined ||
              route.oif === oif ||
              route.multipath?.some((hop) => hop.oif === oif) === true),
        }
      },
    },
    // A table exists from its first route on: the kernel refuses to list a missing one.
    exact: { isListed, isSame, restore: 'prepend' },
    emptyCode: 'ENOENT',
    watch: {
      groups: ['ipv4Route', 'ipv6Route', 'mplsRoute'],
      headerSize: routeMessage.header.size,
      accepts: isRoute,
      key: routeKey,
      partial: isPartOfRoute,
      // The time until it expires counts down; whether it expires does not change by itself.
      volatile: ({ expires }: Route) => (expires === undefined ? ['cacheinfo'] : ['cacheinfo', 'expires']),
      hintGroups: ['link', 'ipv4Ifaddr', 'ipv6Ifaddr', 'nexthop', 'ipv4Netconf', 'ipv6Netconf'],
      hints: ROUTE_HINTS,
    },
  },
  ({ context, request }) => ({
    /**
     * The route to an address, which the kernel looks up as for a packet. An IPv6 address may have a zone, the link that
     * the packet leaves by: `fe80::1%eth0`.
     * @throws {@link NetlinkError} `ENETUNREACH` when there is none; `EHOSTUNREACH`, `EACCES` or `EINVAL` where the
     *   route's type is unreachable, prohibit or blackhole
     * @throws {@link ArgumentError} when an address or an option is invalid
     * @throws {@link LinkNotFoundError} when `oif` or `iif` names no link
     */
    async get(dst: string, options: LookupOptions = {}): Promise<Route> {
      assertKnownKeys(options, LOOKUP_KEYS, 'options')
      const build = (given: LookupOptions) =>
        request('get', lookupMessageOf(dst, given, context, context.existing), { subject: dst })
      const read = readRoute as (...message: Parameters<typeof readRoute>) => Route
      return context.connection.query(build, read, { usesNames: true, signal: options.signal }, options)
    },
  }),
)

export type Routes = ApiOf<typeof routes>
