import { addressBytes } from './address-bytes.js'

/** Bytes of which some bits are known: those that are set in `known`. */
export interface Bits {
  readonly value: Uint8Array
  readonly known: Uint8Array
  /** Whether what is unknown differs from packet to packet, as ports do: a condition on it is for some of them. */
  readonly varies?: boolean
}

export const knownBits = (value: Uint8Array): Bits => ({
  value,
  known: new Uint8Array(value.length).fill(0xff),
})
export const unknownBits = (length: number): Bits => ({
  value: new Uint8Array(length),
  known: new Uint8Array(length),
})

export const varyingBits = (length: number): Bits => ({ ...unknownBits(length), varies: true })

/** A packet that a router forwards for an uplink, as far as it is the same for all of them. */
export interface Packet {
  readonly family: 'inet' | 'inet6'
  readonly direction: 'original' | 'reply'
  /** Whether it is the first packet of its connection. */
  readonly isFirst: boolean
  readonly iif: LinkIdentity
  readonly oif: LinkIdentity
  /** The address inside. */
  readonly inside: string
}

/** A link; undefined members are unknown. */
export interface LinkIdentity {
  readonly name?: string | undefined
  readonly index?: number | undefined
}

/* include/uapi/linux/netfilter/nf_conntrack_common.h */
const CT_ESTABLISHED = 2
const CT_NEW = 8
const CT_STATUS_DNAT = 0x20
const IPPROTO_TCP = 6
const IFNAMSIZ = 16

/** A metadata key of the packet: NFT_META_*. */
export function metaBits({ family, iif, oif }: Packet, key: string): Bits {
  const isIpv4 = family === 'inet'
  switch (key) {
    case 'iifname':
      return nameBits(iif)
    case 'oifname':
      return nameBits(oif)
    case 'iif':
      return indexBits(iif)
    case 'oif':
      return indexBits(oif)
    case 'nfproto':
      return knownBits(Uint8Array.of(isIpv4 ? 2 : 10))
    case 'protocol':
      return knownBits(isIpv4 ? Uint8Array.of(0x08, 0x00) : Uint8Array.of(0x86, 0xdd))
    case 'l4proto':
      return knownBits(Uint8Array.of(IPPROTO_TCP))
    case 'length':
      return varyingBits(4)
    default:
      return unknownBits(IFNAMSIZ)
  }
}

/** A property of the packet's connection: NFT_CT_*. */
export function ctBits({ direction, isFirst }: Packet, key: string): Bits {
  const isReply = direction === 'reply'
  if (key === 'state') return knownBits(hostInteger(isFirst ? CT_NEW : CT_ESTABLISHED))
  if (key === 'direction') return knownBits(Uint8Array.of(isReply ? 1 : 0))
  if (key === 'status') return { value: new Uint8Array(4), known: hostInteger(CT_STATUS_DNAT) }
  return unknownBits(IFNAMSIZ)
}

/** Bytes of the packet. Of the headers behind that of the network, nothing is known. */
export function payloadBits(packet: Packet, base: string, offset: number, length: number): Bits {
  if (base === 'transport' && offset === TCP_FLAGS && length === 1) return tcpFlags(packet)
  if (base !== 'network') return varyingBits(length)
  const { value, known } = headerOf(packet)
  const end = offset + length
  if (end > value.length) return varyingBits(length)
  return { value: value.slice(offset, end), known: known.slice(offset, end), varies: true }
}

/* The byte of the TCP header with the flags, and SYN and ACK in it. RFC 9293 */
const TCP_FLAGS = 13
const SYN = 0x02
const ACK = 0x10
const ALL_FLAGS = 0x3f

/** The first packet of a connection has SYN alone, the first answer SYN and ACK, others ACK. */
function tcpFlags({ direction, isFirst }: Packet): Bits {
  const known = isFirst ? ALL_FLAGS : direction === 'original' ? SYN | ACK : ACK
  return { value: Uint8Array.of(isFirst ? SYN : ACK), known: Uint8Array.of(known), varies: true }
}

const IPV4 = { length: 20, version: 0x40, protocol: 9, saddr: 12, daddr: 16 }
const IPV6 = { length: 40, version: 0x60, protocol: 6, saddr: 8, daddr: 24 }

function headerOf({ family, direction, inside }: Packet): Bits {
  const layout = family === 'inet' ? IPV4 : IPV6
  const header = unknownBits(layout.length)
  const set = (at: number, bytes: Uint8Array, mask = 0xff) => {
    header.value.set(bytes, at)
    header.known.fill(mask, at, at + bytes.length)
  }
  set(0, Uint8Array.of(layout.version), 0xf0)
  set(layout.protocol, Uint8Array.of(IPPROTO_TCP))
  set(direction === 'original' ? layout.saddr : layout.daddr, addressBytes(inside))
  return header
}

function nameBits({ name }: LinkIdentity): Bits {
  if (name === undefined) return unknownBits(IFNAMSIZ)
  const value = new Uint8Array(IFNAMSIZ)
  value.set(new TextEncoder().encode(name).subarray(0, IFNAMSIZ - 1))
  return knownBits(value)
}

const indexBits = ({ index }: LinkIdentity) =>
  index === undefined ? unknownBits(4) : knownBits(hostInteger(index))

/** Little-endian, as every machine that the library runs on. */
function hostInteger(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24)
}
