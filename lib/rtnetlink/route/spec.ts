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
import { ArgumentError } from '../../errors.js'
import { addressBits, familyOf, type Prefix, parsePrefix } from '../../prefix.js'
import type { LinkRef } from '../context.js'

/**
 * A route as the kernel describes it, by the uapi's names (RTA_PRIORITY, iproute2's metric, is `priority`).
 * What `list` gives can be handed to `delete`.
 */
export type Route = Omit<RouteMessage, 'dst' | 'dstLen' | 'src' | 'srcLen' | 'multipath'> & {
  /** Where to: a prefix, or `'default'`. */
  dst: string
  /** Only from there (IPv6). */
  src?: string
  /** Several next hops. */
  multipath?: Nexthop[]
}

/** One of several next hops of a route that is there. */
export type Nexthop = Omit<NexthopValue, 'ifindex' | 'hops'> & {
  /** The index of the link to send by. */
  oif: number
  /** Its share of the traffic, 1 to 256. */
  weight: number
}

const { dst, src, multipath, ...plain } = routeMessage.attributes.table

/** Reads a route message. */
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
  /** Where to: a prefix, an address, or `'default'`. */
  readonly dst: string
  /** Only from there (IPv6). */
  readonly src?: string | undefined
  /** Needed for a default route that names no address at all. */
  readonly family?: RouteMessageInput['family']
  /** The link to send by, by name or index. */
  readonly oif?: LinkRef | undefined
  /** Several next hops. */
  readonly multipath?: readonly NexthopSpec[] | undefined
}

/** A message that is still being made. */
export type RouteDraft = { -readonly [K in keyof RouteMessageInput]: RouteMessageInput[K] }

/** What a specification says in other words than the message. */
const TRANSLATED = new Set<string>(
  // A listed route can be added again: what only the kernel says of it (`cacheinfo`) is left out.
  ['dst', 'src', 'family', 'oif', 'gateway', 'multipath', 'flags', 'cacheinfo'] satisfies (keyof Route)[],
)

/** The message for a specification, without what iproute2 would add. @throws ArgumentError */
export function routeMessageOf(
  spec: RouteSpec,
  index: (link: LinkRef, argument: string) => number,
): RouteDraft {
  if (typeof spec !== 'object' || spec === null) throw new ArgumentError('spec', spec, 'an object with dst')
  const { dst: to, src: from, oif, gateway, multipath, flags } = spec
  const dst = destination(to, 'dst')
  const src = from === undefined ? undefined : parsePrefix(from, 'src')
  const family = dst?.family ?? src?.family ?? familyGiven(spec.family) ?? familyFromHops(spec)
  if (src && src.family !== family) throw new ArgumentError('src', from, `of the family of ${to}`)
  // All in one shape, since there may be very many.
  const message: RouteDraft = {
    family,
    dstLen: dst?.length ?? 0,
    table: undefined,
    protocol: undefined,
    scope: undefined,
    type: undefined,
    dst: dst && dst.length > 0 ? dst.address : undefined,
    oif: oif === undefined ? undefined : index(oif, 'oif'),
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
    message.multipath = multipath.map((one, i) => nexthop(one, family, index, `multipath.${i}`))
  }
  return message
}

/** Flags that say how things are, and that nobody can ask for. */
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

/** `undefined` for `'default'` and its kin. */
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

/** A next hop of the route's own family is its gateway; of the other one, it goes `via` that. */
function hop(address: string, family: IpFamily, argument: string): 'gateway' | 'via' {
  return familyOf(address, argument) === family ? 'gateway' : 'via'
}

function nexthop(
  spec: NexthopSpec,
  family: IpFamily,
  index: (link: LinkRef, argument: string) => number,
  at: string,
): NexthopInput {
  const { gateway, oif, weight = 1, flags, ...rest } = spec
  if (!Number.isInteger(weight) || weight < 1 || weight > 256) {
    throw new ArgumentError(`${at}.weight`, weight, 'a whole number from 1 to 256')
  }
  return {
    ...rest,
    flags: flags?.filter((flag) => !STATES.has(flag)),
    hops: weight - 1,
    ifindex: oif === undefined || oif === 0 ? 0 : index(oif, `${at}.oif`),
    ...(gateway === undefined ? {} : { [hop(gateway, family, `${at}.gateway`)]: gateway }),
  }
}

/**
 * Adds what iproute2 says of a route to be added that says nothing of it: made at `boot`, unicast, and of scope `link`
 * where no next hop is between. ip-route(8)
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

/** What to look a route up for. */
export interface LookupOptions {
  /** From this address. */
  readonly src?: string | undefined
  /** Out by this link. */
  readonly oif?: LinkRef | undefined
  /** Come in by this link: to be forwarded. */
  readonly iif?: LinkRef | undefined
  readonly tos?: number | undefined
  readonly mark?: number | undefined
  readonly uid?: number | undefined
  readonly ipProto?: number | undefined
  readonly sport?: number | undefined
  readonly dport?: number | undefined
  /** The route of the table itself, not what it comes to for this address. */
  readonly fibMatch?: boolean | undefined
  /** Ends the wait, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** The message that looks up the route to an address. @throws ArgumentError */
export function lookupMessageOf(
  dst: string,
  options: LookupOptions,
  index: (link: LinkRef, argument: string) => number,
): RouteMessageInput {
  const family = familyOf(dst, 'dst')
  const { src, oif, iif, fibMatch = false, signal: _, ...rest } = options
  if (src !== undefined && familyOf(src, 'src') !== family) {
    throw new ArgumentError('src', src, `an address of the family of ${dst}`)
  }
  return {
    ...rest,
    family,
    dst,
    dstLen: addressBits(family),
    ...(src === undefined ? {} : { src, srcLen: addressBits(family) }),
    ...(oif === undefined ? {} : { oif: index(oif, 'oif') }),
    ...(iif === undefined ? {} : { iif: index(iif, 'iif') }),
    flags: fibMatch ? ['lookupTable', 'fibMatch'] : ['lookupTable'],
  }
}
