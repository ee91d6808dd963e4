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
import { bigintOf, codecType, type Datatype, integerType, nameOf, textType } from './datatype.js'
import { classidType, dateType, durationType, hourType, labelType } from './text-datatypes.js'

/** A number that nft(8) does not take. */
const unknownNumber = (value: number) => `[ ${value} ]`

/** 32 bits, as nft(8) writes marks. */
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
  ospf: 89,
  ipcomp: 108,
  vrrp: 112,
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

/** RFC 9293, RFC 3168 */
const tcpFlags = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ecn: 64, cwr: 128 } as const

/** RFC 4340 */
const dccpTypes = {
  request: 0,
  response: 1,
  data: 2,
  ack: 3,
  dataack: 4,
  closereq: 5,
  close: 6,
  reset: 7,
  sync: 8,
  syncack: 9,
} as const

/** RFC 6275, RFC 5268, RFC 5096, RFC 5142 */
const mobilityTypes = {
  'binding-refresh-request': 0,
  'home-test-init': 1,
  'careof-test-init': 2,
  'home-test': 3,
  'careof-test': 4,
  'binding-update': 5,
  'binding-acknowledgement': 6,
  'binding-error': 7,
  'fast-binding-update': 8,
  'fast-binding-acknowledgement': 9,
  'fast-binding-advertisement': 10,
  'experimental-mobility-header': 11,
  'home-agent-switch-message': 12,
} as const

/** RFC 3376 */
const igmpTypes = {
  'membership-query': 0x11,
  'membership-report-v1': 0x12,
  'membership-report-v2': 0x16,
  'leave-group': 0x17,
  'membership-report-v3': 0x22,
} as const

/** RFC 2474, RFC 2597, RFC 3246, RFC 5865, RFC 8622 */
const dscps = {
  cs0: 0x00,
  lephb: 0x01,
  cs1: 0x08,
  af11: 0x0a,
  af12: 0x0c,
  af13: 0x0e,
  cs2: 0x10,
  af21: 0x12,
  af22: 0x14,
  af23: 0x16,
  cs3: 0x18,
  af31: 0x1a,
  af32: 0x1c,
  af33: 0x1e,
  cs4: 0x20,
  af41: 0x22,
  af42: 0x24,
  af43: 0x26,
  cs5: 0x28,
  va: 0x2c,
  ef: 0x2e,
  cs6: 0x30,
  cs7: 0x38,
} as const

/** Codes of "destination unreachable". RFC 792, RFC 1812 */
export const icmpCodes = {
  'net-unreachable': 0,
  'host-unreachable': 1,
  'prot-unreachable': 2,
  'port-unreachable': 3,
  'frag-needed': 4,
  'net-prohibited': 9,
  'host-prohibited': 10,
  'admin-prohibited': 13,
} as const

/** Codes of "destination unreachable". RFC 4443, RFC 7084 */
export const icmpv6Codes = {
  'no-route': 0,
  'admin-prohibited': 1,
  'addr-unreachable': 3,
  'port-unreachable': 4,
  'policy-fail': 5,
  'reject-route': 6,
} as const

/** Events of connections: IPCT_* as bits. include/uapi/linux/netfilter/nf_conntrack_common.h */
const ctEvents = {
  new: 1 << 0,
  related: 1 << 1,
  destroy: 1 << 2,
  reply: 1 << 3,
  assured: 1 << 4,
  protoinfo: 1 << 5,
  helper: 1 << 6,
  mark: 1 << 7,
  seqadj: 1 << 8,
  secmark: 1 << 9,
  label: 1 << 10,
} as const

/** ARPHRD_*. include/uapi/linux/if_arp.h */
const linkTypes = {
  ether: 1,
  ppp: 512,
  ipip: 768,
  ipip6: 769,
  loopback: 772,
  sit: 776,
  ipgre: 778,
} as const

const weekdays = {
  Sunday: 0,
  Monday: 1,
  Tuesday: 2,
  Wednesday: 3,
  Thursday: 4,
  Friday: 5,
  Saturday: 6,
} as const

/** The data types of sets and comparisons, by nft(8)'s names and numbers. nft(8), DATA TYPES */
export const datatypes = {
  nf_proto: integerType('nf_proto', 2, 1, {
    bigEndian: false,
    names: { ipv4: nfproto.ip, ipv6: nfproto.ip6 },
  }),
  string: codecType('string', 5, 16, text({ min: 1, max: 15 }), {
    perLine: 1,
    format: (bytes) => `"${nameOf(bytes)}"`,
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
    write: (value) => `0x${value.toString(16).padStart(4, '0')}`,
  }),
  arp_op: integerType('arp_op', 11, 2, {
    bigEndian: true,
    names: { request: 1, reply: 2, rrequest: 3, rreply: 4, inrequest: 8, inreply: 9, nak: 10 },
  }),
  inet_proto: integerType('inet_proto', 12, 1, { bigEndian: true, names: protocols }),
  inet_service: integerType('inet_service', 13, 2, { bigEndian: true }),
  icmp_type: integerType('icmp_type', 14, 1, { bigEndian: true, names: icmpTypes }),
  tcp_flag: integerType('tcp_flag', 15, 1, {
    bigEndian: true,
    bitmask: true,
    names: tcpFlags,
    write: (value) => `0x${value.toString(16)}`,
  }),
  dccp_pkttype: integerType('dccp_pkttype', 16, 1, { bigEndian: true, names: dccpTypes }),
  mh_type: integerType('mh_type', 17, 1, { bigEndian: true, names: mobilityTypes }),
  time: durationType('time', 18, 4),
  mark: integerType('mark', 19, 4, { bigEndian: false, write: hexadecimal }),
  iface_index: integerType('iface_index', 20, 4, { bigEndian: false }),
  iface_type: integerType('iface_type', 21, 2, { bigEndian: false, names: linkTypes }),
  realm: integerType('realm', 22, 4, { bigEndian: false }),
  classid: classidType('classid', 23, 4),
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
  ct_label: labelType('ct_label', 30, 16),
  pkt_type: integerType('pkt_type', 31, 1, {
    bigEndian: false,
    names: { host: 0, unicast: 0, broadcast: 1, multicast: 2, other: 3 },
  }),
  icmp_code: integerType('icmp_code', 32, 1, { bigEndian: true, names: icmpCodes }),
  icmpv6_code: integerType('icmpv6_code', 33, 1, { bigEndian: true, names: icmpv6Codes }),
  devgroup: integerType('devgroup', 35, 4, { bigEndian: false }),
  dscp: integerType('dscp', 36, 1, {
    bigEndian: true,
    bits: 6,
    names: dscps,
    write: (value) => `0x${value.toString(16).padStart(2, '0')}`,
  }),
  ecn: integerType('ecn', 37, 1, {
    bigEndian: true,
    bits: 2,
    names: { 'not-ect': 0, ect1: 1, ect0: 2, ce: 3 },
  }),
  fib_addrtype: integerType('fib_addrtype', 38, 4, { bigEndian: false, names: routeType.names }),
  boolean: integerType('boolean', 39, 1, {
    bigEndian: false,
    names: { exists: 1, missing: 0 },
    write: unknownNumber,
  }),
  ct_event: integerType('ct_event', 40, 4, {
    bigEndian: false,
    bitmask: true,
    names: ctEvents,
    write: hexadecimal,
  }),
  ifname: codecType('ifname', 41, 16, text({ min: 1, max: 15 }), {
    perLine: 1,
    format: (bytes) => `"${nameOf(bytes)}"`,
  }),
  igmp_type: integerType('igmp_type', 42, 1, { bigEndian: true, names: igmpTypes }),
  date: dateType('time', 43, 8),
  day: integerType('day', 45, 1, { bigEndian: false, names: weekdays, quoted: true, write: unknownNumber }),
  hour: hourType('hour', 44, 4),
} as const satisfies Readonly<Record<string, Datatype>>

/** The name of a data type of nft(8): `ipv4_addr`, `inet_service`. */
export type DatatypeName = keyof typeof datatypes

/** libnftables: TYPE_INTEGER */
const INTEGER = 4

/** The longest integers that a number represents exactly, bytes. */
const NUMBER_MAX = 6

function plainInteger(length: number, bigEndian: boolean, bits = 8 * length): Datatype {
  if (length <= NUMBER_MAX) return integerType('integer', INTEGER, length, { bigEndian, bits })
  const type = textType('integer', INTEGER, length, {
    bigEndian,
    expected: `a whole number of ${length} bytes`,
    read: (text) => (/^(0x[\da-f]+|\d+)$/i.test(text) ? BigInt(text) : undefined),
    write: String,
  })
  return { ...type, perLine: 5 }
}

/** Integers of any length without names, in network byte order as packets have them. */
export const packetInteger = (length: number, bits?: number): Datatype => plainInteger(length, true, bits)

/** Integers of any length without names, in host byte order. */
export const hostInteger = (length: number): Datatype => plainInteger(length, false)

/** Bytes of the packet that are not a known field, written as hexadecimal digits. */
export const rawInteger = (length: number): Datatype => {
  const format = (bytes: Uint8Array) => `0x${bigintOf(bytes, true).toString(16)}`
  return { ...packetInteger(length), format, formatNumber: format }
}

/** Values of a type that is not declared here, written as hexadecimal digits. */
export const unknownType = rawInteger

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

/** The length of values of these types, bytes; concatenated if there are several. */
export function keyLength(types: readonly Pick<Datatype, 'length'>[]): number {
  const [only] = types
  return types.length === 1 && only ? only.length : types.reduce((sum, { length }) => sum + padded(length), 0)
}
