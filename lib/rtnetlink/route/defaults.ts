import { lazy } from '../../../protocol/codec/lazy.js'
import { type RouteMessageInput, routeMetrics, Writer } from '../../../protocol/index.js'
import type { RouteDraft } from './spec.js'

/**
 * Fills in iproute2's defaults for a route to be added: type `unicast`, protocol `boot`, the table that follows from the
 * type, and the scope that follows from the type and the next hops. ip-route(8); ip/iproute.c: iproute_modify
 */
export function addDefaults(message: RouteDraft): void {
  message.type ??= 'unicast'
  message.protocol ??= 'boot'
  message.table ??= defaultTable(message.type)
  message.scope ??= defaultScope(message.type, message)
}

/**
 * Fills in what a reference to a route to be deleted leaves open, as iproute2 does: the table, and the scope that follows
 * from the type, or any (RT_SCOPE_NOWHERE). net/ipv4/fib_trie.c: fib_table_delete
 *
 * Whatever is left out matches anything, and the kernel deletes the first route that matches. A reference that is as
 * complete as a listed route is made to match that one route, as far as the kernel can be told what a route lacks.
 */
export function deletionDefaults(message: RouteDraft): void {
  const { family, type } = message
  const complete =
    message.protocol !== undefined &&
    message.scope !== undefined &&
    type !== undefined &&
    message.tos !== undefined &&
    message.flags !== undefined
  message.table ??= type === undefined ? 'main' : defaultTable(type)
  message.flags = undefined
  if (family === 'mpls') {
    message.type ??= 'unicast'
    return
  }
  if (message.nhId) {
    // Listings have type blackhole for any route whose next hop object is one; the kernel compares the route's own.
    message.type = undefined
    message.scope = family === 'inet' ? 'nowhere' : undefined
  }
  if (family === 'inet') {
    message.scope ??= SCOPES[type as keyof typeof SCOPES] ?? 'nowhere'
    if (complete) matchMetrics(message)
  } else if (complete && message.multipath) {
    // Each next hop has an origin of its own, of which one is listed.
    message.protocol = undefined
  } else if (complete && !message.nhId) {
    // A gateway of zeros matches routes without one only. net/ipv6/route.c: ip6_route_del
    message.gateway ??= '::'
  }
}

/** Metrics that the kernel compares when it deletes a route: all but the congestion control, which is compared by name. */
const COMPARED = Object.entries(routeMetrics.table).filter(([name]) => name !== 'ccAlgo')

type Metrics = NonNullable<RouteDraft['metrics']>

const zeros = (): Metrics =>
  Object.fromEntries(COMPARED.map(([name]) => [name, name === 'features' ? [] : 0])) as Metrics

/** A zero for each, encoded once: a bulk may delete a million listed routes. */
const NO_METRICS = lazy(() => {
  const out = new Writer(256)
  routeMetrics.encode(out, zeros(), {})
  return out.written().slice() as unknown as Metrics
})

/** Metrics of zero match routes without them. net/ipv4/fib_semantics.c: fib_metrics_match */
function matchMetrics(message: RouteDraft): void {
  const { metrics } = message
  message.metrics = metrics === undefined ? NO_METRICS() : { ...zeros(), ...metrics }
}

/** The types that iproute2 keeps in table `local`. */
const LOCAL_TYPES: ReadonlySet<unknown> = new Set(['local', 'broadcast', 'nat', 'anycast'])

function defaultTable(type: RouteMessageInput['type']): 'local' | 'main' {
  return LOCAL_TYPES.has(type) ? 'local' : 'main'
}

/** The scopes of IPv4 routes by their type; others are `global`, or `link` where they have no next hop to pass. */
const SCOPES = { local: 'host', nat: 'host', broadcast: 'link', multicast: 'link', anycast: 'link' } as const

function defaultScope(
  type: RouteMessageInput['type'],
  message: RouteMessageInput,
): RouteMessageInput['scope'] {
  if (message.family !== 'inet') return 'global'
  const fixed = SCOPES[type as keyof typeof SCOPES]
  if (fixed !== undefined) return fixed
  const direct =
    message.gateway === undefined &&
    message.via === undefined &&
    message.nhId === undefined &&
    message.multipath === undefined
  return (type === 'unicast' || type === 'unspec') && direct ? 'link' : 'global'
}
