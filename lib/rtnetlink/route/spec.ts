import {
  type IpFamily,
  type NexthopInput,
  type RouteMessageInput,
  routeFlags,
  routeType,
} from '../../../protocol/index.js'
import { nexthop as nexthopCodec } from '../../../protocol/rtnetlink/shared/multipath.js'
import { ArgumentError } from '../../errors.js'
import type { LinkRef } from '../../link-reference.js'
import { assertKnownKeys } from '../../options.js'
import { familyOf, type Prefix, parsePrefix } from '../../prefix.js'
import type { Resolver } from '../context.js'
import { canonical, familyGiven, withoutStates } from '../named.js'
import { assertScope, ROUTE_FAMILIES, type RouteFamily, UNFIT, UNFIT_HOP } from './fit.js'
import type { Route } from './read.js'

export type { Nexthop, Route } from './read.js'

/** One of several next hops. */
export interface NexthopSpec extends Omit<NexthopInput, 'ifindex' | 'hops'> {
  /** The next hop's address, of either family. */
  readonly gateway?: string | undefined
  /** The link to send by, by name or index. */
  readonly oif?: LinkRef | undefined
  /** Its share of the traffic, 1 to 256. */
  readonly weight?: number | undefined
}

/** A route to be added, replaced or deleted. */
export interface RouteSpec
  extends Omit<
    RouteMessageInput,
    | 'family'
    | 'dst'
    | 'dstLen'
    | 'src'
    | 'srcLen'
    | 'oif'
    | 'multipath'
    | 'cacheinfo'
    | 'iif'
    | 'mark'
    | 'uid'
    | 'ipProto'
    | 'sport'
    | 'dport'
    | 'flowlabel'
  > {
  /** The destination: a prefix, an address, or `'default'`; the label of an MPLS route, `'100'`. */
  readonly dst: string
  /** Restricts the route to packets from this prefix (IPv6). */
  readonly src?: string | undefined
  /** By default the family of the addresses; `inet` for a default route without any. `mpls` has to be given. */
  readonly family?: RouteFamily | undefined
  /** The link to send by, by name or index. */
  readonly oif?: LinkRef | undefined
  /** Several next hops. */
  readonly multipath?: readonly NexthopSpec[] | undefined
}

/** A message that is still being filled in. */
export type RouteDraft = { -readonly [K in keyof RouteMessageInput]: RouteMessageInput[K] }

/** Members that the message has under other names or not at all. */
const TRANSLATED = new Set<string>(
  // `cacheinfo` is read-only: it is ignored, so that listed routes can be passed back.
  ['dst', 'src', 'family', 'oif', 'gateway', 'multipath', 'flags', 'cacheinfo'] satisfies (keyof Route)[],
)

/**
 * The message for a route, without the defaults that `add` has.
 * @throws {@link ArgumentError} when an address is invalid or of the wrong family
 * @throws {@link LinkNotFoundError} when a link does not exist
 */
export function routeMessageOf(spec: RouteSpec, resolver: Resolver): RouteDraft {
  if (typeof spec !== 'object' || spec === null) {
    throw new ArgumentError('spec', spec, "an object with dst: a prefix, an address or 'default'")
  }
  const { dst: to, src: from, oif, gateway, multipath, flags, nhId } = spec
  const given = familyGiven(spec.family, 'family', ROUTE_FAMILIES)
  const dst = given === 'mpls' ? undefined : destination(to, 'dst')
  const src = from === undefined ? undefined : parsePrefix(from, 'src')
  const family = given === 'mpls' ? given : (dst?.family ?? src?.family ?? given ?? familyFromHops(spec))
  if (given !== undefined && given !== family) {
    throw new ArgumentError('family', given, `left out or "${family}", the family of the addresses`)
  }
  // The result of an IPv4 look-up says for which packet it was: that is no part of the route.
  const lookedUp = Array.isArray(flags) && flags.includes('cloned')
  const unfit = UNFIT[family]
  // One object shape for all routes, for speed.
  const message: RouteDraft = {
    family,
    dstLen: dst?.length ?? 0,
    table: undefined,
    protocol: undefined,
    scope: undefined,
    type: undefined,
    dst: dst && dst.length > 0 ? dst.address : undefined,
    oif: undefined,
  }
  if (family === 'mpls') {
    message.dst = to
    message.dstLen = LABEL_BITS
  }
  for (const name in spec) {
    const value = spec[name as keyof RouteSpec]
    const expected = unfit[name]
    if (expected !== undefined && value !== undefined) {
      if (lookedUp) continue
      throw new ArgumentError(name, value, expected)
    }
    if (!TRANSLATED.has(name)) (message as Record<string, unknown>)[name] = value
  }
  const { prefsrc } = spec
  // The kernel would take the first bytes of an address of the other family.
  if (prefsrc !== undefined && familyOf(prefsrc, 'prefsrc') !== family) {
    throw new ArgumentError('prefsrc', prefsrc, `an address of the same family as ${to}`)
  }
  if (src && src.family !== family)
    throw new ArgumentError('src', from, `a prefix of the same family as ${to}`)
  if (src && src.length > 0 && family !== 'inet') {
    message.src = src.address
    message.srcLen = src.length
  }
  if (typeof message.type === 'number') message.type = canonical(routeType, message.type, 'type')
  assertScope(family, message.scope)
  if (nhId !== undefined && nhId !== 0) {
    // The next hop object decides. The kernel lists what the object says beside its id, and refuses both together.
    message.via = message.encap = message.encapType = message.flow = undefined
    return message
  }
  if (oif !== undefined) message.oif = resolver.link(oif, 'oif')
  message.flags = withoutStates(routeFlags, flags, ROUTE_STATES, 'flags')
  if (gateway !== undefined) message[hop(gateway, family, 'gateway')] = gateway
  if (multipath !== undefined) {
    if (!Array.isArray(multipath)) throw new ArgumentError('multipath', multipath, 'an array of next hops')
    message.multipath = multipath.map((one, i) => nexthop(one, family, resolver, `multipath.${i}`))
  }
  return message
}

/** The bits of a label. RFC 3032 */
const LABEL_BITS = 20

/** Flags of a next hop that report a state and cannot be requested. */
const HOP_STATES = routeFlags.toBits(['dead', 'linkdown', 'offload', 'trap', 'unresolved'])

/** The same of a route. */
const ROUTE_STATES = routeFlags.toBits([HOP_STATES, 'cloned', 'rtOffload', 'rtTrap', 'offloadFailed'])

/** The destination prefix; undefined for a default route. */
function destination(text: string, argument: string): Prefix | undefined {
  return text === 'default' ? undefined : parsePrefix(text, argument)
}

function familyFromHops(spec: RouteSpec): IpFamily {
  const address = spec.gateway ?? spec.prefsrc ?? spec.multipath?.find((hop) => hop.gateway)?.gateway
  return address === undefined ? 'inet' : familyOf(address, 'gateway')
}

/**
 * RTA_GATEWAY holds a next hop of the route's own family, RTA_VIA one of another family. IPv6 routes have the former only.
 */
function hop(address: string, family: RouteFamily, argument: string): 'gateway' | 'via' {
  const own = familyOf(address, argument)
  if (own === family) return 'gateway'
  if (family === 'inet6') throw new ArgumentError(argument, address, 'an IPv6 address, as the route has')
  return 'via'
}

const NEXTHOP_KEYS = ['oif', 'weight', 'flags', ...Object.keys(nexthopCodec.attributes.table), 'unknown']

function nexthop(spec: NexthopSpec, family: RouteFamily, resolver: Resolver, path: string): NexthopInput {
  assertKnownKeys(spec, NEXTHOP_KEYS, path)
  for (const [name, expected] of Object.entries(UNFIT_HOP[family])) {
    const value = spec[name as keyof NexthopSpec]
    if (value !== undefined) throw new ArgumentError(`${path}.${name}`, value, expected)
  }
  const { gateway, oif, weight = 1, flags, ...rest } = spec
  if (!Number.isInteger(weight) || weight < 1 || weight > 256) {
    throw new ArgumentError(`${path}.weight`, weight, 'a whole number from 1 to 256')
  }
  return {
    ...rest,
    flags: withoutStates(routeFlags, flags, HOP_STATES, `${path}.flags`),
    hops: weight - 1,
    ifindex: oif === undefined || oif === 0 ? 0 : resolver.link(oif, `${path}.oif`),
    ...(gateway === undefined ? {} : { [hop(gateway, family, `${path}.gateway`)]: gateway }),
  }
}
