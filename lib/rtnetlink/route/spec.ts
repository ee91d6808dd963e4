import {
  type Decoder,
  type IpFamily,
  ipPrefix,
  type NexthopInput,
  type NexthopValue,
  objectReader,
  type RouteMessage,
  type RouteMessageInput,
  routeMessage,
} from '../../../protocol/index.js'
import { nexthop as nexthopCodec } from '../../../protocol/rtnetlink/shared/multipath.js'
import { ArgumentError } from '../../errors.js'
import type { LinkRef } from '../../link-reference.js'
import { assertKnownKeys } from '../../options.js'
import { addressBits, familyOf, type Prefix, parsePrefix } from '../../prefix.js'
import type { Resolver } from '../context.js'

/**
 * A route as the kernel describes it, by the uapi's names (RTA_PRIORITY, iproute2's metric, is `priority`).
 * It can be passed back to `delete`, `add` and `replace`.
 */
export type Route = Omit<RouteMessage, 'dst' | 'dstLen' | 'src' | 'srcLen' | 'multipath'> & {
  /** The destination: a prefix, or `'default'`. */
  dst: string
  /** Restricts the route to packets from this prefix (IPv6). */
  src?: string
  /** Several next hops. */
  multipath?: Nexthop[]
}

/** One of several next hops, as it is listed. */
export type Nexthop = Omit<NexthopValue, 'ifindex' | 'hops'> & {
  /** The index of the link to send by. */
  oif: number
  /** Its share of the traffic, 1 to 256. */
  weight: number
}

const { dst, src, multipath, ...plain } = routeMessage.attributes.table

/** Reads a route message straight into the API's object, for speed: a table may have a million routes. */
export const readRoute: (view: DataView, at: number, length: number) => Route = objectReader({
  header: routeMessage.header,
  head: {
    dst: () => 'default',
    family: 'family',
    tos: 'tos',
    table: 'table',
    protocol: 'protocol',
    scope: 'scope',
    type: 'type',
    flags: 'flags',
  },
  members: {
    ...plain,
    dst: [dst[0], ipPrefix('dstLen')],
    src: [src[0], ipPrefix('srcLen')],
    multipath: [
      multipath[0],
      { decode: (...payload) => multipath[1].decode(...payload).map(nexthopOf) } satisfies Decoder<Nexthop[]>,
    ],
  },
})

function nexthopOf({ ifindex, hops, ...hop }: NexthopValue): Nexthop {
  return { ...hop, oif: ifindex, weight: hops + 1 }
}

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
    'family' | 'dst' | 'dstLen' | 'src' | 'srcLen' | 'oif' | 'iif' | 'multipath' | 'cacheinfo'
  > {
  /** The destination: a prefix, an address, or `'default'`. */
  readonly dst: string
  /** Restricts the route to packets from this prefix (IPv6). */
  readonly src?: string | undefined
  /** By default the family of the addresses; `inet` for a default route without any. */
  readonly family?: RouteMessageInput['family']
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
  const { dst: to, src: from, oif, gateway, multipath, flags } = spec
  const dst = destination(to, 'dst')
  const src = from === undefined ? undefined : parsePrefix(from, 'src')
  const family = dst?.family ?? src?.family ?? familyGiven(spec.family) ?? familyFromHops(spec)
  if (src && src.family !== family)
    throw new ArgumentError('src', from, `a prefix of the same family as ${to}`)
  // One object shape for all routes, for speed.
  const message: RouteDraft = {
    family,
    dstLen: dst?.length ?? 0,
    table: undefined,
    protocol: undefined,
    scope: undefined,
    type: undefined,
    dst: dst && dst.length > 0 ? dst.address : undefined,
    oif: oif === undefined ? undefined : resolver.link(oif, 'oif'),
  }
  for (const name in spec) {
    if (!TRANSLATED.has(name)) (message as Record<string, unknown>)[name] = spec[name as keyof RouteSpec]
  }
  if (src && src.length > 0) {
    message.src = src.address
    message.srcLen = src.length
  }
  if (flags !== undefined)
    message.flags = Array.isArray(flags) ? flags.filter((flag) => !STATES.has(flag)) : flags
  if (gateway !== undefined) message[hop(gateway, family, 'gateway')] = gateway
  if (multipath !== undefined) {
    if (!Array.isArray(multipath)) throw new ArgumentError('multipath', multipath, 'an array of next hops')
    message.multipath = multipath.map((one, i) => nexthop(one, family, resolver, `multipath.${i}`))
  }
  return message
}

/** Flags that report a state and cannot be requested. */
const STATES = new Set<unknown>([
  'dead',
  'linkdown',
  'offload',
  'trap',
  'unresolved',
  'cloned',
  'rtOffload',
  'rtTrap',
  'offloadFailed',
])

/** The destination prefix; undefined for a default route. */
function destination(text: string, argument: string): Prefix | undefined {
  return text === 'default' ? undefined : parsePrefix(text, argument)
}

function familyGiven(family: RouteSpec['family']): IpFamily | undefined {
  if (family === undefined) return undefined
  if (family === 'inet' || family === 'inet6') return family
  throw new ArgumentError('family', family, '"inet" or "inet6"')
}

function familyFromHops(spec: RouteSpec): IpFamily {
  const address = spec.gateway ?? spec.prefsrc ?? spec.multipath?.find((hop) => hop.gateway)?.gateway
  return address === undefined ? 'inet' : familyOf(address, 'gateway')
}

/** RTA_GATEWAY holds a next hop of the route's own family, RTA_VIA one of the other family. */
function hop(address: string, family: IpFamily, argument: string): 'gateway' | 'via' {
  return familyOf(address, argument) === family ? 'gateway' : 'via'
}

const NEXTHOP_KEYS = ['oif', 'weight', 'flags', ...Object.keys(nexthopCodec.attributes.table), 'unknown']

function nexthop(spec: NexthopSpec, family: IpFamily, resolver: Resolver, path: string): NexthopInput {
  assertKnownKeys(spec, NEXTHOP_KEYS, path)
  const { gateway, oif, weight = 1, flags, ...rest } = spec
  if (!Number.isInteger(weight) || weight < 1 || weight > 256) {
    throw new ArgumentError(`${path}.weight`, weight, 'a whole number from 1 to 256')
  }
  return {
    ...rest,
    flags: Array.isArray(flags) ? flags.filter((flag) => !STATES.has(flag)) : flags,
    hops: weight - 1,
    ifindex: oif === undefined || oif === 0 ? 0 : resolver.link(oif, `${path}.oif`),
    ...(gateway === undefined ? {} : { [hop(gateway, family, `${path}.gateway`)]: gateway }),
  }
}

/**
 * Fills in iproute2's defaults for a route to be added: type `unicast`, protocol `boot`, table `main`, and the scope
 * that follows from the type and the next hops. ip-route(8)
 */
export function addDefaults(message: RouteDraft): void {
  message.type ??= 'unicast'
  message.protocol ??= 'boot'
  message.table ??= 'main'
  message.scope ??= defaultScope(message.type, message)
}

function defaultScope(
  type: RouteMessageInput['type'],
  message: RouteMessageInput,
): RouteMessageInput['scope'] {
  if (message.family === 'inet6') return 'global'
  if (type === 'local' || type === 'nat') return 'host'
  if (type === 'broadcast' || type === 'multicast' || type === 'anycast') return 'link'
  const direct =
    message.gateway === undefined &&
    message.via === undefined &&
    message.nhId === undefined &&
    !message.multipath?.some((one) => one.gateway !== undefined || one.via !== undefined)
  return (type === 'unicast' || type === 'unspec') && direct ? 'link' : 'global'
}

/** The packet to look up a route for. */
export interface LookupOptions {
  /** The packet's source address. */
  readonly src?: string | undefined
  /** The link that the packet must leave by. */
  readonly oif?: LinkRef | undefined
  /** The link that the packet came in by, if it is forwarded. */
  readonly iif?: LinkRef | undefined
  readonly tos?: number | undefined
  readonly mark?: number | undefined
  readonly uid?: number | undefined
  readonly ipProto?: number | undefined
  readonly sport?: number | undefined
  readonly dport?: number | undefined
  /** Gives the route as it is in the table, not as it applies to this destination. */
  readonly fibMatch?: boolean | undefined
  /** Rejects with the signal's reason when it is aborted. */
  readonly signal?: AbortSignal | undefined
}

export const LOOKUP_KEYS = [
  'src',
  'oif',
  'iif',
  'tos',
  'mark',
  'uid',
  'ipProto',
  'sport',
  'dport',
  'fibMatch',
  'signal',
] as const satisfies readonly (keyof LookupOptions)[]

/** The message that looks up the route to an address. @throws {@link ArgumentError} when an address is invalid */
export function lookupMessageOf(dst: string, options: LookupOptions, resolver: Resolver): RouteMessageInput {
  const family = familyOf(dst, 'dst')
  const { src, oif, iif, fibMatch = false, signal: _, ...rest } = options
  if (src !== undefined && familyOf(src, 'src') !== family) {
    throw new ArgumentError('src', src, `an address of the same family as ${dst}`)
  }
  return {
    ...rest,
    family,
    dst,
    dstLen: addressBits(family),
    ...(src === undefined ? {} : { src, srcLen: addressBits(family) }),
    ...(oif === undefined ? {} : { oif: resolver.link(oif, 'oif') }),
    ...(iif === undefined ? {} : { iif: resolver.link(iif, 'iif') }),
    flags: fibMatch ? ['lookupTable', 'fibMatch'] : ['lookupTable'],
  }
}
