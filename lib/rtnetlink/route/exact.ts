import { isDeepStrictEqual } from 'node:util'
import type { Nexthop, Route } from './read.js'
import type { RouteSpec } from './spec.js'

/**
 * Whether this has the members that all listed routes have. IPv6 routes of several next hops have theirs deleted one by
 * one, each by its own gateway.
 */
export function isListed(spec: RouteSpec): boolean {
  const { family, table, protocol, scope, type, tos, flags, multipath } = spec
  if (family !== 'inet' && (family !== 'inet6' || multipath !== undefined)) return false
  return [table, protocol, scope, type, tos, flags].every((member) => member !== undefined)
}

/** What may differ between routes that the kernel takes for the same: all but destination, table and state. */
const OWN = [
  'src',
  'tos',
  'priority',
  'protocol',
  'prefsrc',
  'metrics',
  'nhId',
] as const satisfies readonly (keyof Route)[]

/** What a route has from its next hop object, if it has one. */
const OF_NEXTHOP = [
  'scope',
  'type',
  'oif',
  'gateway',
  'via',
  'flow',
  'encapType',
  'encap',
] as const satisfies readonly (keyof Route)[]

/** Whether a route that was deleted is the one that was listed. */
export function isSame(listed: Route, deleted: Route): boolean {
  return isDeepStrictEqual(comparable(listed), comparable(deleted))
}

function comparable(route: Route): unknown {
  const own = OWN.map((name) => route[name])
  if (route.nhId !== undefined) return own
  return [
    ...own,
    ...OF_NEXTHOP.map((name) => route[name]),
    route.flags.includes('onlink'),
    route.multipath?.map(({ flags, ...hop }: Nexthop) => ({ ...hop, onlink: flags.includes('onlink') })),
  ]
}
