import {
  type AddressMessage,
  type AddressMessageInput,
  addressFlags,
  addressMessage,
  af,
  type IpFamily,
  ignored,
  ipPrefix,
  objectReader,
  parseIpv6,
  scope as scopeCodec,
} from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import type { LinkRef } from '../../link-reference.js'
import { familyOf, type Prefix, parsePrefix } from '../../prefix.js'
import type { Resolver } from '../context.js'
import { assertFamily, canonical, withoutStates } from '../named.js'

/** An infinite lifetime on the wire. include/net/addrconf.h: INFINITY_LIFE_TIME */
const FOREVER = 0xffffffff

/** An address of a link, as it is listed; it can be passed back to `delete`, `add` and `replace`. */
export interface Address
  extends Pick<
    AddressMessage,
    'flags' | 'scope' | 'label' | 'broadcast' | 'rtPriority' | 'proto' | 'unknown'
  > {
  family: IpFamily
  /** The link's index. */
  link: number
  /** The address with its prefix: `10.1.1.2/24`. */
  address: string
  /** The address of the other end of a point-to-point link, with its prefix. */
  peer?: string
  /** Seconds for which it is valid; Infinity if it does not expire. */
  validLft: number
  /** Seconds for which new connections prefer it; Infinity if that does not expire. */
  preferredLft: number
}

const { address, local, cacheinfo, targetNetnsid, anycast, multicast, ...plain } =
  addressMessage.attributes.table
const prefix = ipPrefix('prefixlen')

/** Reads an address; undefined for one of another family, such as MCTP. */
export function readAddress(view: DataView, at: number, length: number): Address | undefined {
  const family = length > 0 ? view.getUint8(at) : af.unspec
  return family === af.inet || family === af.inet6 ? readIpAddress(view, at, length) : undefined
}

const readIpAddress: (view: DataView, at: number, length: number) => Address = objectReader({
  header: addressMessage.header,
  head: {
    family: 'family',
    link: 'index',
    address: () => '',
    flags: 'flags',
    scope: 'scope',
    validLft: () => Number.POSITIVE_INFINITY,
    preferredLft: () => Number.POSITIVE_INFINITY,
  },
  members: {
    ...plain,
    // IFA_LOCAL is the link's own address, and IFA_ADDRESS the peer's if it differs. IPv6 has IFA_ADDRESS alone.
    address: [address[0], { ...prefix, assign: assignAddress }],
    local: [local[0], { ...prefix, assign: assignLocal }],
    cacheinfo: [cacheinfo[0], { ...cacheinfo[1], assign: assignLifetimes }],
    targetNetnsid: [targetNetnsid[0], ignored],
    // Listings of other messages have these. net/ipv6/addrconf.c: inet6_fill_ifmcaddr
    anycast: [anycast[0], ignored],
    multicast: [multicast[0], ignored],
  },
})

function assignAddress(value: Record<string, unknown>, text: string): void {
  if (value['address'] === '') value['address'] = text
  else if (value['address'] !== text) value['peer'] = text
}

function assignLocal(value: Record<string, unknown>, text: string): void {
  if (value['address'] !== '' && value['address'] !== text) value['peer'] = value['address']
  value['address'] = text
}

function assignLifetimes(
  value: Record<string, unknown>,
  { valid, prefered }: { valid: number; prefered: number },
): void {
  value['validLft'] = seconds(valid)
  value['preferredLft'] = seconds(prefered)
}

function seconds(lifetime: number): number {
  return lifetime === FOREVER ? Number.POSITIVE_INFINITY : lifetime
}

/** An address to be added, replaced or deleted. */
export interface AddressSpec {
  /** The link, by name or index. */
  readonly link: LinkRef
  /** The address with its prefix length: `10.1.1.2/24`. Without a length, a prefix of all bits. */
  readonly address: string
  /** The address of the other end of a point-to-point link; its prefix length takes precedence. */
  readonly peer?: string | undefined
  /**
   * IPv4 only: the broadcast address; `'+'` is the last one of the prefix, `'-'` the first one. The prefix is the peer's
   * where there is one.
   */
  readonly broadcast?: string | undefined
  /** IPv4 only: an alias name that begins with the link's own, at most 15 bytes. */
  readonly label?: string | undefined
  /** IPv4 only, as that of an IPv6 address is its own: `host` for loopback addresses by default, or else `global`. */
  readonly scope?: AddressMessageInput['scope']
  /** `nodad`, `noprefixroute`, `managetempaddr`, `mcautojoin`, `homeaddress`, … */
  readonly flags?: AddressMessageInput['flags']
  /** The metric of the route to the prefix. */
  readonly rtPriority?: number | undefined
  readonly proto?: AddressMessageInput['proto']
  /** Attributes that this version does not know. */
  readonly unknown?: AddressMessageInput['unknown']
  /** Seconds for which it is valid; Infinity by default. */
  readonly validLft?: number | undefined
  /** Seconds for which new connections prefer it, at most `validLft`; the same by default. */
  readonly preferredLft?: number | undefined
}

/** Read-only members of `Address` are accepted and ignored, so that listed addresses can be passed back. */
export const ADDRESS_KEYS = [
  'link',
  'address',
  'peer',
  'broadcast',
  'label',
  'scope',
  'flags',
  'rtPriority',
  'proto',
  'validLft',
  'preferredLft',
  'family',
  'unknown',
] as const satisfies readonly (keyof AddressSpec | keyof Address)[]

/** Flags that report a state: the kernel keeps some of them for good. */
const STATES = addressFlags.toBits([
  'secondary',
  'dadfailed',
  'deprecated',
  'tentative',
  'permanent',
  'stablePrivacy',
])

/**
 * The message for a specification.
 * @throws {@link ArgumentError} when an address is invalid, or the family has no such member
 */
export function addressMessageOf(spec: AddressSpec, resolver: Resolver): AddressMessageInput {
  const own = parsePrefix(spec.address, 'address')
  const peer = spec.peer === undefined ? undefined : parsePrefix(spec.peer, 'peer')
  if (peer && peer.family !== own.family) {
    throw new ArgumentError('peer', spec.peer, `an address of the same family as ${spec.address}`)
  }
  assertFamily((spec as { readonly family?: unknown }).family, own.family, spec.address)
  const { broadcast, label } = spec
  const scope = canonical(scopeCodec, spec.scope, 'scope')
  if (own.family === 'inet6') assertFitsIpv6(spec, own.address, scope)
  else assertFitsIpv4(spec)
  const of = peer ?? own
  const { cacheinfo } = lifetimes(spec)
  return {
    family: own.family,
    prefixlen: of.length,
    scope: scope ?? (isLoopback(own.address) ? 'host' : 'global'),
    index: resolver.link(spec.link, 'link'),
    flags: withoutStates(addressFlags, spec.flags, STATES, 'flags'),
    local: own.address,
    address: of.address,
    broadcast: broadcast === undefined ? undefined : broadcastOf(of, broadcast),
    label,
    rtPriority: spec.rtPriority,
    proto: spec.proto,
    cacheinfo,
    unknown: spec.unknown,
  }
}

const IPV6_FLAGS = ['nodad', 'optimistic', 'homeaddress', 'managetempaddr'] as const

/** Refuses what the kernel drops in silence. net/ipv4/devinet.c: IPV6ONLY_FLAGS */
function assertFitsIpv4({ flags }: AddressSpec): void {
  if (!Array.isArray(flags)) return
  const unfit = IPV6_FLAGS.filter((flag) => addressFlags.toBits(flags) & addressFlags.toBits([flag]))
  if (unfit.length === 0) return
  throw new ArgumentError('flags', flags, `without ${unfit.join(', ')}: only IPv6 addresses have them`)
}

/** Refuses what the kernel drops in silence. net/ipv6/addrconf.c: inet6_rtm_newaddr */
function assertFitsIpv6(spec: AddressSpec, address: string, scope: AddressMessageInput['scope']): void {
  const { broadcast, label } = spec
  if (broadcast !== undefined) {
    throw new ArgumentError('broadcast', broadcast, 'left out: IPv6 has no broadcast addresses')
  }
  if (label !== undefined)
    throw new ArgumentError('label', label, 'left out: only IPv4 addresses have labels')
  // Listings of IPv4 and programs that serve both families give the default.
  if (scope === undefined || scope === 'global') return
  const own = ipv6Scope(address)
  if (scope !== own)
    throw new ArgumentError('scope', spec.scope, `left out: the scope of ${address} is ${own}`)
}

/** The scope of an IPv6 address. net/ipv6/addrconf_core.c: __ipv6_addr_type; addrconf.c: rt_scope */
function ipv6Scope(address: string): 'host' | 'link' | 'site' | 'global' {
  const bytes = parseIpv6(address)
  if (bytes === undefined) return 'global'
  const first = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)
  if ((first & 0xffc0) === 0xfe80) return 'link'
  if ((first & 0xffc0) === 0xfec0) return 'site'
  return bytes.every((byte, i) => byte === (i === 15 ? 1 : 0)) ? 'host' : 'global'
}

function lifetimes(spec: AddressSpec): Pick<AddressMessageInput, 'cacheinfo'> {
  const { validLft, preferredLft } = spec
  if (validLft === undefined && preferredLft === undefined) return {}
  const valid = lifetime(validLft, 'validLft')
  const prefered = preferredLft === undefined ? valid : lifetime(preferredLft, 'preferredLft')
  if (prefered > valid)
    throw new ArgumentError('preferredLft', preferredLft, `at most validLft (${validLft})`)
  if (prefered === FOREVER && valid === FOREVER) return {}
  return { cacheinfo: { valid, prefered } }
}

function lifetime(value: number | undefined, argument: string): number {
  if (value === undefined || value === Number.POSITIVE_INFINITY) return FOREVER
  if (!Number.isInteger(value) || value < 0 || value >= FOREVER) {
    throw new ArgumentError(argument, value, `whole seconds from 0 to ${FOREVER - 1}, or Infinity`)
  }
  return value
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.')
}

/**
 * The broadcast address: the given one, or that of a prefix, with ones or zeros for the host. ip/ipaddress.c: ipaddr_modify
 */
function broadcastOf({ address, length }: Prefix, given: string): string {
  if (given !== '+' && given !== '-') {
    // The kernel would take the first bytes of an IPv6 address.
    if (familyOf(given, 'broadcast') === 'inet') return given
    throw new ArgumentError('broadcast', given, 'an IPv4 address, "+" or "-"')
  }
  if (length > 30) {
    throw new ArgumentError(
      'broadcast',
      given,
      'an address or left out: only prefixes of up to 30 bits have a broadcast address to compute',
    )
  }
  const hostBits = (i: number) => 0xff >> Math.min(8, Math.max(0, length - 8 * i))
  const fill = (part: number, bits: number) => (given === '+' ? part | bits : part & ~bits)
  return address
    .split('.')
    .map((part, i) => fill(Number(part), hostBits(i)))
    .join('.')
}
