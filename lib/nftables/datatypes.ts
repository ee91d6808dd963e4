import {
  type Codec,
  EncodeError,
  formatIpv4,
  formatIpv6,
  ipv4,
  ipv6,
  mac,
  routeType,
  text,
  viewOf,
  Writer,
} from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'

/** What a value of a packet can be given as. */
export type NftValue = string | number

/** A type of values, as nft(8) knows it: its number there, how long it is, how it is read and written. */
export interface Datatype {
  readonly name: string
  /** What the kernel keeps for nft(8). libnftables: include/datatype.h */
  readonly number: number
  /** Bytes. */
  readonly length: number
  /** Read as a number, the byte that counts most comes first. */
  readonly big: boolean
  /** @throws ArgumentError */
  parse(value: NftValue, argument: string): Uint8Array
  /** As nft(8) writes it. */
  format(bytes: Uint8Array): string
  /** The names of values, where they have some. */
  readonly names?: Readonly<Record<string, number>>
  /** How many elements of a set nft(8) writes on a line. */
  readonly perLine: number
}

function integerType(
  name: string,
  number: number,
  length: 1 | 2 | 4 | 8,
  big: boolean,
  names: Readonly<Record<string, number>> = {},
  write: (value: number) => string = String,
): Datatype {
  const byNumber = new Map(Object.entries(names).map(([word, value]) => [value, word]))
  const max = 2 ** (8 * length) - 1
  const expected = [...Object.keys(names), `a whole number from 0 to ${max}`].join(', ')
  return {
    name,
    number,
    length,
    big,
    names,
    perLine: 5,
    parse(value, argument) {
      const found = names[value] ?? (/^(0x[\da-f]+|\d+)$/i.test(String(value)) ? Number(value) : -1)
      if (!Number.isInteger(found) || found < 0 || found > max)
        throw new ArgumentError(argument, value, expected)
      return integerBytes(found, length, big)
    },
    format(bytes) {
      const value = integerOf(bytes, big)
      return byNumber.get(value) ?? write(value)
    },
  }
}

/** The bytes of a number. */
export function integerBytes(value: number, length: number, big: boolean): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0, rest = value; i < length; i++, rest = Math.floor(rest / 256)) {
    bytes[big ? length - 1 - i : i] = rest % 256
  }
  return bytes
}

/** The number that bytes are. */
export function integerOf(bytes: Uint8Array, big: boolean): number {
  let value = 0
  for (let i = 0; i < bytes.length; i++)
    value = value * 256 + (bytes[big ? i : bytes.length - 1 - i] as number)
  return value
}

function codedType(
  name: string,
  number: number,
  length: number,
  codec: Codec<string>,
  perLine: number,
  format: (bytes: Uint8Array) => string,
): Datatype {
  return {
    name,
    number,
    length,
    big: true,
    perLine,
    format,
    parse(value, argument) {
      const out = new Writer(length)
      try {
        codec.encode(out, value as string, {})
      } catch (error) {
        if (error instanceof EncodeError) throw new ArgumentError(argument, value, error.expected)
        throw error
      }
      const bytes = new Uint8Array(length)
      bytes.set(out.written().subarray(0, length))
      return bytes
    },
  }
}

/** The text of a name that ends with a NUL, or fills all. */
export function nameOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
}

const hexadecimal = (value: number) => `0x${value.toString(16).padStart(8, '0')}`

/** include/uapi/linux/in.h, RFC 5237: those that nft(8) writes by their names */
const protocols = {
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  sctp: 132,
  udplite: 136,
} as const

const icmpTypes = {
  'echo-reply': 0,
  'destination-unreachable': 3,
  'source-quench': 4,
  redirect: 5,
  'echo-request': 8,
  'router-advertisement': 9,
  'router-solicitation': 10,
  'time-exceeded': 11,
  'parameter-problem': 12,
  'timestamp-request': 13,
  'timestamp-reply': 14,
  'info-request': 15,
  'info-reply': 16,
  'address-mask-request': 17,
  'address-mask-reply': 18,
} as const

const icmpv6Types = {
  'destination-unreachable': 1,
  'packet-too-big': 2,
  'time-exceeded': 3,
  'parameter-problem': 4,
  'echo-request': 128,
  'echo-reply': 129,
  'mld-listener-query': 130,
  'mld-listener-report': 131,
  'mld-listener-done': 132,
  'nd-router-solicit': 133,
  'nd-router-advert': 134,
  'nd-neighbor-solicit': 135,
  'nd-neighbor-advert': 136,
  'nd-redirect': 137,
  'router-renumbering': 138,
  'ind-neighbor-solicit': 141,
  'ind-neighbor-advert': 142,
  'mld2-listener-report': 143,
} as const

/** All types that sets can be of and matches compare, by nft(8)'s names. nft(8), DATA TYPES */
export const datatypes = {
  nf_proto: integerType('nf_proto', 2, 1, false, { ipv4: 2, ipv6: 10 }),
  ipv4_addr: codedType('ipv4_addr', 7, 4, ipv4, 2, (bytes) => formatIpv4(viewOf(bytes), 0)),
  ipv6_addr: codedType('ipv6_addr', 8, 16, ipv6, 1, (bytes) => formatIpv6(viewOf(bytes), 0)),
  ether_addr: codedType('ether_addr', 9, 6, mac, 2, (bytes) =>
    [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
  ),
  ether_type: integerType('ether_type', 10, 2, true, {
    ip: 0x0800,
    arp: 0x0806,
    ip6: 0x86dd,
    '8021q': 0x8100,
    '8021ad': 0x88a8,
  }),
  arp_op: integerType('arp_op', 11, 2, true, {
    request: 1,
    reply: 2,
    rrequest: 3,
    rreply: 4,
    inrequest: 8,
    inreply: 9,
    nak: 10,
  }),
  inet_proto: integerType('inet_proto', 12, 1, true, protocols),
  inet_service: integerType('inet_service', 13, 2, true),
  icmp_type: integerType('icmp_type', 14, 1, true, icmpTypes),
  mark: integerType('mark', 19, 4, false, {}, hexadecimal),
  iface_index: integerType('iface_index', 20, 4, false),
  uid: integerType('uid', 24, 4, false),
  gid: integerType('gid', 25, 4, false),
  ct_state: integerType(
    'ct_state',
    26,
    4,
    false,
    { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 },
    hexadecimal,
  ),
  ct_dir: integerType('ct_dir', 27, 1, false, { original: 0, reply: 1 }),
  ct_status: integerType(
    'ct_status',
    28,
    4,
    false,
    { expected: 1, 'seen-reply': 2, assured: 4, confirmed: 8, snat: 16, dnat: 32, dying: 512 },
    hexadecimal,
  ),
  icmpv6_type: integerType('icmpv6_type', 29, 1, true, icmpv6Types),
  pkt_type: integerType('pkt_type', 31, 1, false, {
    host: 0,
    unicast: 0,
    broadcast: 1,
    multicast: 2,
    other: 3,
  }),
  fib_addrtype: integerType('fib_addrtype', 38, 4, false, routeType.names),
  ifname: codedType('ifname', 41, 16, text({ min: 1, max: 15 }), 1, (bytes) => `"${nameOf(bytes)}"`),
} as const satisfies Readonly<Record<string, Datatype>>

/** NFT_DATA_VERDICT: what a map of verdicts has for the type of its data. include/uapi/linux/netfilter/nf_tables.h */
export const VERDICT_TYPE = 0xffffff00

export type DatatypeName = keyof typeof datatypes

const byNumber = new Map<number, Datatype>(Object.values(datatypes).map((type) => [type.number, type]))

/** The type that has this number for nft(8). */
export function datatypeOf(number: number): Datatype | undefined {
  return byNumber.get(number)
}

/** What a key in parts has for its number: six bits for each part. libnftables: TYPE_BITS */
const PART_BITS = 6

export function joinedNumber(parts: readonly Datatype[]): number {
  return parts.reduce((sum, { number }) => sum * 2 ** PART_BITS + number, 0)
}

/** The types of a key in parts. */
export function partsOf(number: number): Datatype[] | undefined {
  const parts: Datatype[] = []
  for (let rest = number; rest > 0; rest = Math.floor(rest / 2 ** PART_BITS)) {
    const part = datatypeOf(rest % 2 ** PART_BITS)
    if (part === undefined) return undefined
    parts.unshift(part)
  }
  return parts.length > 0 ? parts : undefined
}

/** In keys with parts, each fills whole registers. */
export const padded = (length: number) => (length + 3) & ~3
