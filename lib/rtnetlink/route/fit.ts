import type { RouteMessageInput } from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'

/** The families that routes are of. */
export type RouteFamily = 'inet' | 'inet6' | 'mpls'

export const ROUTE_FAMILIES: readonly RouteFamily[] = ['inet', 'inet6', 'mpls']

const OF_A_PACKET = 'left out: it describes the packet of a look-up (routes.get), not a route'
const MPLS_ONLY = 'left out: only MPLS routes have it'
const IPV6_ONLY = 'left out: only IPv6 routes have it'

const PACKET = {
  iif: OF_A_PACKET,
  mark: OF_A_PACKET,
  uid: OF_A_PACKET,
  ipProto: OF_A_PACKET,
  sport: OF_A_PACKET,
  dport: OF_A_PACKET,
  flowlabel: OF_A_PACKET,
}

/**
 * The members that a family's routes do not have, and what would be right. The kernel drops them in silence: a route with
 * less than was asked for would be added, or another route deleted.
 * net/ipv4/fib_frontend.c: rtm_to_fib_config; net/ipv6/route.c: rtm_to_fib6_config
 */
export const UNFIT: Readonly<Record<RouteFamily, Readonly<Record<string, string>>>> = {
  inet: {
    ...PACKET,
    src: 'left out: IPv4 routes have no source prefix (the source address to prefer is prefsrc)',
    pref: IPV6_ONLY,
    expires: IPV6_ONLY,
    newdst: MPLS_ONLY,
    ttlPropagate: MPLS_ONLY,
  },
  inet6: {
    ...PACKET,
    flow: 'left out: only IPv4 routes have realms',
    via: 'left out: the gateway of an IPv6 route is an IPv6 address',
    newdst: MPLS_ONLY,
    ttlPropagate: MPLS_ONLY,
  },
  // The kernel refuses by itself what it does not know. net/mpls/af_mpls.c: rtm_to_route_config
  mpls: { src: 'left out: MPLS routes have no source prefix' },
}

/** The same for each of several next hops. net/ipv4/fib_semantics.c: fib_get_nhs; ip6_route_multipath_add */
export const UNFIT_HOP: Readonly<Record<RouteFamily, Readonly<Record<string, string>>>> = {
  inet: { newdst: MPLS_ONLY },
  inet6: { flow: UNFIT.inet6['flow'] as string, via: UNFIT.inet6['via'] as string, newdst: MPLS_ONLY },
  mpls: {},
}

/** @throws {@link ArgumentError} when the scope is not the one that all IPv6 routes have: the kernel ignores it */
export function assertScope(family: RouteFamily, scope: RouteMessageInput['scope']): void {
  if (family !== 'inet6' || scope === undefined || scope === 'global' || scope === 0) return
  throw new ArgumentError('scope', scope, '"global" or left out: IPv6 routes have no other scope')
}
