import {
  type AddressMessage,
  type AddressMessageInput,
  addressMessage,
  type IpFamily,
  ignored,
  ipPrefix,
  objectReader,
} from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import type { LinkRef } from '../../link-reference.js'
import { parsePrefix } from '../../prefix.js'
import type { Resolver } from '../context.js'

/** An infinite lifetime on the wire. include/net/addrconf.h: INFINITY_LIFE_TIME */
const FOREVER = 0xffffffff

/** An address of a link, as it is listed; it can be passed back to `delete`, `add` and `replace`. */
export interface Address
  extends Pick<
    AddressMessage,
    'flags' | 'scope' | 'label' | 'broadcast' | 'anycast' | 'multicast' | 'rtPriority' | 'proto' | 'unknown'
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

const { address, local, cacheinfo, targetNetnsid, ...plain } = addressMessage.attributes.table
const prefix = ipPrefix('prefixlen')

/** Reads an address message. */
export const readAddress: (view: DataView, at: number, length: number) => Address = objectReader({
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
  /** The broadcast address; `'+'` computes it from the prefix. */
  readonly broadcast?: string | undefined
  /** IPv4 only: an alias name that begins with the link's own, at most 15 bytes. */
  readonly label?: string | undefined
  /** By default `host` for loopback addresses and `global` for all others. */
  readonly scope?: AddressMessageInput['scope']
  /** `nodad`, `noprefixroute`, `managetempaddr`, `mcautojoin`, `homeaddress`, … */
  readonly flags?: AddressMessageInput['flags']
  /** The metric of the route to the prefix. */
  readonly rtPriority?: number | undefined
  readonly proto?: AddressMessageInput['proto']
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
  'anycast',
  'multicast',
  'unknown',
] as const satisfies readonly (keyof AddressSpec | keyof Address)[]

/** The message for a specification. @throws ArgumentError */
export function addressMessageOf(spec: AddressSpec, resolver: Resolver): AddressMessageInput {
  const own = parsePrefix(spec.address, 'address')
  const peer = spec.peer === undefined ? undefined : parsePrefix(spec.peer, 'peer')
  if (peer && peer.family !== own.family) {
    throw new ArgumentError('peer', spec.peer, `an address of the same family as ${spec.address}`)
  }
  const prefixlen = peer ? peer.length : own.length
  const { broadcast } = spec
  const { cacheinfo } = lifetimes(spec)
  return {
    family: own.family,
    prefixlen,
    scope: spec.scope ?? (isLoopback(own.address) ? 'host' : 'global'),
    index: resolver.link(spec.link, 'link'),
    flags: spec.flags,
    local: own.address,
    address: peer ? peer.address : own.address,
    broadcast: broadcast === '+' ? broadcastOf(own.address, prefixlen, spec) : broadcast,
    label: spec.label,
    rtPriority: spec.rtPriority,
    proto: spec.proto,
    cacheinfo,
  }
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

function broadcastOf(address: string, prefixlen: number, spec: AddressSpec): string {
  if (address.includes(':') || prefixlen > 30) {
    throw new ArgumentError(
      'broadcast',
      spec.broadcast,
      'an address or left out: only IPv4 prefixes of up to 30 bits have a broadcast address to compute',
    )
  }
  const parts = address.split('.').map(Number)
  return parts.map((part, i) => part | (0xff >> Math.min(8, Math.max(0, prefixlen - 8 * i)))).join('.')
}
