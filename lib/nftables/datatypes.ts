import {
  ctDirection,
  formatIpv4,
  formatIpv6,
  ipv4,
  ipv6,
  mac,
  nfproto,
  routeType,
  text,
  viewOf,
} from '../../protocol/index.js'
import { codecType, type Datatype, integerType, nameOf } from './datatype.js'

const hexadecimal = (value: number) => `0x${value.toString(16).padStart(8, '0')}`

/** The IP protocols that nft(8) writes by name. include/uapi/linux/in.h, RFC 5237 */
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

/** RFC 792, RFC 950, RFC 1256 */
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

/** RFC 4443, RFC 4861, RFC 3810 and others */
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

/** The data types of sets and comparisons, by nft(8)'s names and numbers. nft(8), DATA TYPES */
export const datatypes = {
  nf_proto: integerType('nf_proto', 2, 1, {
    bigEndian: false,
    names: { ipv4: nfproto.ip, ipv6: nfproto.ip6 },
  }),
  ipv4_addr: codecType('ipv4_addr', 7, 4, ipv4, {
    prefixes: true,
    perLine: 2,
    format: (bytes) => formatIpv4(viewOf(bytes), 0),
  }),
  ipv6_addr: codecType('ipv6_addr', 8, 16, ipv6, {
    prefixes: true,
    perLine: 1,
    format: (bytes) => formatIpv6(viewOf(bytes), 0),
  }),
  ether_addr: codecType('ether_addr', 9, 6, mac, {
    perLine: 2,
    format: (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
  }),
  ether_type: integerType('ether_type', 10, 2, {
    bigEndian: true,
    names: { ip: 0x0800, arp: 0x0806, ip6: 0x86dd, '8021q': 0x8100, '8021ad': 0x88a8 },
  }),
  arp_op: integerType('arp_op', 11, 2, {
    bigEndian: true,
    names: { request: 1, reply: 2, rrequest: 3, rreply: 4, inrequest: 8, inreply: 9, nak: 10 },
  }),
  inet_proto: integerType('inet_proto', 12, 1, { bigEndian: true, names: protocols }),
  inet_service: integerType('inet_service', 13, 2, { bigEndian: true }),
  icmp_type: integerType('icmp_type', 14, 1, { bigEndian: true, names: icmpTypes }),
  mark: integerType('mark', 19, 4, { bigEndian: false, write: hexadecimal }),
  iface_index: integerType('iface_index', 20, 4, { bigEndian: false }),
  uid: integerType('uid', 24, 4, { bigEndian: false }),
  gid: integerType('gid', 25, 4, { bigEndian: false }),
  ct_state: integerType('ct_state', 26, 4, {
    bigEndian: false,
    bitmask: true,
    names: { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 },
    write: hexadecimal,
  }),
  ct_dir: integerType('ct_dir', 27, 1, { bigEndian: false, names: ctDirection.names }),
  ct_status: integerType('ct_status', 28, 4, {
    bigEndian: false,
    bitmask: true,
    names: { expected: 1, 'seen-reply': 2, assured: 4, confirmed: 8, snat: 16, dnat: 32, dying: 512 },
    write: hexadecimal,
  }),
  icmpv6_type: integerType('icmpv6_type', 29, 1, { bigEndian: true, names: icmpv6Types }),
  pkt_type: integerType('pkt_type', 31, 1, {
    bigEndian: false,
    names: { host: 0, unicast: 0, broadcast: 1, multicast: 2, other: 3 },
  }),
  fib_addrtype: integerType('fib_addrtype', 38, 4, { bigEndian: false, names: routeType.names }),
  ifname: codecType('ifname', 41, 16, text({ min: 1, max: 15 }), {
    perLine: 1,
    format: (bytes) => `"${nameOf(bytes)}"`,
  }),
} as const satisfies Readonly<Record<string, Datatype>>

/** The name of a data type of nft(8): `ipv4_addr`, `inet_service`. */
export type DatatypeName = keyof typeof datatypes

/** libnftables: TYPE_INTEGER */
const INTEGER = 4

/** Integers of any length without names, in network byte order as packets have them. */
export const packetInteger = (length: number): Datatype =>
  integerType('integer', INTEGER, length, { bigEndian: true })

/** Integers of any length without names, in host byte order. */
export const hostInteger = (length: number): Datatype =>
  integerType('integer', INTEGER, length, { bigEndian: false })

/** Values of a type that is not declared here, written as hexadecimal digits. */
export const unknownType = (length: number): Datatype => ({
  ...packetInteger(length),
  format: (bytes) => `0x${Buffer.from(bytes).toString('hex')}`,
})

const byNumber = new Map<number, Datatype>(Object.values(datatypes).map((type) => [type.number, type]))

/** Each field of a concatenated type takes six bits of the type's number. libnftables: TYPE_BITS */
const FIELD_NUMBERS = 2 ** 6

/** The number of the concatenation of types; of a single type, its own. */
export function concatenatedNumber(types: readonly Datatype[]): number {
  return types.reduce((sum, { number }) => sum * FIELD_NUMBERS + number, 0)
}

/** The types that a number concatenates; undefined if one of them is unknown. */
export function typesOfNumber(number: number): Datatype[] | undefined {
  const types: Datatype[] = []
  for (let remaining = number; remaining > 0; remaining = Math.floor(remaining / FIELD_NUMBERS)) {
    const type = byNumber.get(remaining % FIELD_NUMBERS)
    if (type === undefined) return undefined
    types.unshift(type)
  }
  return types.length > 0 ? types : undefined
}

/** Whether nft(8) treats values as host integers: names of links as well. */
export const isHostOrder = ({ bigEndian, name }: Datatype) => !bigEndian || name === 'ifname'

/** Each field of a concatenation fills whole registers of 4 bytes. */
export const padded = (length: number) => (length + 3) & ~3
