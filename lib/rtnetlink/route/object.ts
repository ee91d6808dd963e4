import { type IpFamily, type RouteMessageInput, routeMessage } from '../../../protocol/index.js'
import type { LinkRef } from '../../link-reference.js'
import { assertKnownKeys } from '../../options.js'
import { type ApiOf, defineObject } from '../object/define.js'
import { routeKey, routeReplaceKey } from './key.js'
import {
  addDefaults,
  LOOKUP_KEYS,
  type LookupOptions,
  lookupMessageOf,
  type Route,
  type RouteSpec,
  readRoute,
  routeMessageOf,
} from './spec.js'

/** Which routes to list; a key that is left out matches all. */
export interface RouteFilter {
  readonly family?: IpFamily | undefined
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
 * Routes. `add` and `replace` have iproute2's defaults: table `main`, type `unicast`, protocol `boot`, and
 * for IPv4 the scope that follows from type and gateway. The kernel refuses with `ENETUNREACH` when the gateway cannot
 * be reached, and with `ENETDOWN` when the link is down; `delete` deletes the first route that matches, or is refused
 * with `ESRCH`. rtnetlink(7), ip-route(8)
 */
export const routes = defineObject(
  {
    name: 'route',
    messages: 'route',
    codec: routeMessage,
    // Cached entries are copies of routes for single destinations.
    read(view, at, length) {
      const route = readRoute(view, at, length)
      return route.flags.includes('cloned') ? undefined : route
    },
    verbs: ['add', 'replace', 'delete'],
    message(spec: RouteSpec, _verb, resolver) {
      const message = routeMessageOf(spec, resolver)
      addDefaults(message)
      return message
    },
    deletion(spec: RouteSpec, resolver) {
      const message = routeMessageOf(spec, resolver)
      // RT_SCOPE_NOWHERE matches any scope in RTM_DELROUTE (net/ipv4/fib_trie.c: fib_table_delete); flags are not
      // compared.
      message.scope ??= 'nowhere'
      message.table ??= 'main'
      message.flags = undefined
      return message
    },
    subject: (spec: RouteSpec) => spec.dst,
    links: routeLinks,
    filter: {
      keys: ['family', 'table', 'protocol', 'type', 'oif'],
      select(filter: RouteFilter, resolver) {
        const { family = 'unspec', table, protocol, type } = filter
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
    emptyCode: 'ENOENT',
    watch: {
      groups: ['ipv4Route', 'ipv6Route'],
      key: routeKey,
      replaceKey: routeReplaceKey,
      volatile: ['cacheinfo', 'expires'],
      // IPv4 routes are removed silently with their link or address (net/ipv4/fib_frontend.c: fib_flush).
      silentRemovals: {
        after: ['newlink', 'dellink', 'deladdr'],
        groups: ['link', 'ipv4Ifaddr'],
        request: { family: 'inet' },
        matches: (route) => route.family === 'inet',
      },
    },
  },
  ({ context, request }) => ({
    /**
     * The route to an address, which the kernel looks up as for a packet.
     * @throws {@link NetlinkError} `ENETUNREACH` when there is none; `EHOSTUNREACH`, `EACCES` or `EINVAL` where the
     *   route's type is unreachable, prohibit or blackhole
     * @throws {@link ArgumentError} when an address or an option is invalid
     * @throws {@link LinkNotFoundError} when `oif` or `iif` names no link
     */
    async get(dst: string, options: LookupOptions = {}): Promise<Route> {
      assertKnownKeys(options, LOOKUP_KEYS, 'options')
      const build = () => {
        return request('get', lookupMessageOf(dst, options, context), { subject: dst })
      }
      return context.connection.query(build, readRoute, { usesNames: true, signal: options.signal })
    },
  }),
)

export type Routes = ApiOf<typeof routes>
