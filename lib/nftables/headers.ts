import type { NfFamily } from '../../protocol/index.js'
import type { Datatype } from './datatype.js'
import { datatypes, packetInteger } from './datatypes.js'

/** The layers whose protocol a rule may depend on. */
export type Layer = 'link' | 'network' | 'transport'

/** A field of a protocol header. */
export interface HeaderField {
  /** Bytes from the beginning of the header. */
  readonly offset: number
  readonly type: Datatype
  /** Bits from `offset`, and their number, of a field that does not fill its bytes. */
  readonly bits?: readonly [from: number, count: number]
  /** The layer whose protocol a comparison with the field determines: `ip protocol` that of the transport layer. */
  readonly dependency?: Layer
  /** It exists only in messages of some types, which nft(8) adds a match of: `icmp id`. */
  readonly ofSomeTypes?: true
}

export interface Header {
  /** The layer of the header, which offsets are relative to. */
  readonly base: Layer
  /** The name of the protocol in its data type, if nft(8) has another name for the header: `ipv6-icmp`. */
  readonly protocol?: string
  /** The network protocol that it implies, which nft(8) therefore does not write: ICMP implies IPv4. */
  readonly impliesNetwork?: NetworkProtocol
  /** Where the checksum is that the kernel updates when the header is changed, bytes. */
  readonly checksum?: number
  /** How that is computed; `inet` by default, a sum of 16-bit words. */
  readonly checksumType?: 'inet' | 'sctp'
  /** Fields that the checksum of the transport layer covers as well. */
  readonly pseudoHeader?: readonly string[]
  readonly fields: Readonly<Record<string, HeaderField>>
}

const {
  arp_op,
  dccp_pkttype,
  dscp,
  ecn,
  ether_addr,
  ether_type,
  icmp_code,
  icmp_type,
  icmpv6_code,
  icmpv6_type,
  igmp_type,
  inet_proto,
  inet_service,
  ipv4_addr,
  ipv6_addr,
  tcp_flag,
} = datatypes

const integer = (offset: number, length: number) => ({ offset, type: packetInteger(length) })

const ofSomeTypes = (offset: number, length: number) =>
  ({ ...integer(offset, length), ofSomeTypes: true }) as const

/** A field of less than whole bytes. */
const bits = (offset: number, from: number, count: number, type?: Datatype) => ({
  offset,
  bits: [from, count] as const,
  type: type ?? packetInteger(Math.ceil(count / 8), count),
})

const ports = {
  sport: { offset: 0, type: inet_service },
  dport: { offset: 2, type: inet_service },
}

/**
 * The fields of packets that rules are built from and listed with, by nft(8)'s names: `ip saddr` is
 * `headers.ip.fields.saddr`. nft(8), PAYLOAD EXPRESSIONS; the RFCs of the protocols
 */
export const headers = {
  ether: {
    base: 'link',
    fields: {
      daddr: { offset: 0, type: ether_addr },
      saddr: { offset: 6, type: ether_addr },
      type: { offset: 12, type: ether_type, dependency: 'network' },
    },
  },
  /** IEEE 802.1Q, after the two addresses and the type of the Ethernet header. */
  vlan: {
    base: 'link',
    protocol: '8021q',
    fields: {
      pcp: bits(14, 0, 3),
      dei: bits(14, 3, 1),
      id: bits(14, 4, 12),
      type: { offset: 16, type: ether_type, dependency: 'network' },
    },
  },
  /** RFC 791 */
  ip: {
    base: 'network',
    checksum: 10,
    pseudoHeader: ['length', 'protocol', 'saddr', 'daddr'],
    fields: {
      version: bits(0, 0, 4),
      hdrlength: bits(0, 4, 4),
      dscp: bits(1, 0, 6, dscp),
      ecn: bits(1, 6, 2, ecn),
      length: integer(2, 2),
      id: integer(4, 2),
      'frag-off': integer(6, 2),
      ttl: integer(8, 1),
      protocol: { offset: 9, type: inet_proto, dependency: 'transport' },
      checksum: integer(10, 2),
      saddr: { offset: 12, type: ipv4_addr },
      daddr: { offset: 16, type: ipv4_addr },
    },
  },
  /** RFC 8200 */
  ip6: {
    base: 'network',
    pseudoHeader: ['length', 'nexthdr', 'saddr', 'daddr'],
    fields: {
      version: bits(0, 0, 4),
      dscp: bits(0, 4, 6, dscp),
      ecn: bits(1, 2, 2, ecn),
      flowlabel: bits(1, 4, 20),
      length: integer(4, 2),
      nexthdr: { offset: 6, type: inet_proto, dependency: 'transport' },
      hoplimit: integer(7, 1),
      saddr: { offset: 8, type: ipv6_addr },
      daddr: { offset: 24, type: ipv6_addr },
    },
  },
  /** RFC 826, for IPv4 over Ethernet */
  arp: {
    base: 'network',
    fields: {
      htype: integer(0, 2),
      ptype: { offset: 2, type: ether_type },
      hlen: integer(4, 1),
      plen: integer(5, 1),
      operation: { offset: 6, type: arp_op },
      'saddr ether': { offset: 8, type: ether_addr },
      'saddr ip': { offset: 14, type: ipv4_addr },
      'daddr ether': { offset: 18, type: ether_addr },
      'daddr ip': { offset: 24, type: ipv4_addr },
    },
  },
  /** RFC 9293 */
  tcp: {
    base: 'transport',
    checksum: 16,
    fields: {
      ...ports,
      sequence: integer(4, 4),
      ackseq: integer(8, 4),
      doff: bits(12, 0, 4),
      reserved: bits(12, 4, 4),
      flags: { offset: 13, type: tcp_flag },
      window: integer(14, 2),
      checksum: integer(16, 2),
      urgptr: integer(18, 2),
    },
  },
  /** RFC 768 */
  udp: {
    base: 'transport',
    checksum: 6,
    fields: { ...ports, length: integer(4, 2), checksum: integer(6, 2) },
  },
  /** RFC 3828 */
  udplite: {
    base: 'transport',
    fields: { ...ports, csumcov: integer(4, 2), checksum: integer(6, 2) },
  },
  /** RFC 9260; its checksum is a CRC. */
  sctp: {
    base: 'transport',
    checksum: 8,
    checksumType: 'sctp',
    fields: { ...ports, vtag: integer(4, 4), checksum: integer(8, 4) },
  },
  /** RFC 4340 */
  dccp: { base: 'transport', fields: { ...ports, type: bits(8, 3, 4, dccp_pkttype) } },
  /** RFC 792; what follows the checksum depends on the type. */
  icmp: {
    base: 'transport',
    protocol: 'icmp',
    impliesNetwork: 'ip',
    checksum: 2,
    fields: {
      type: { offset: 0, type: icmp_type },
      code: { offset: 1, type: icmp_code },
      checksum: integer(2, 2),
      id: ofSomeTypes(4, 2),
      sequence: ofSomeTypes(6, 2),
      gateway: ofSomeTypes(4, 4),
      mtu: ofSomeTypes(6, 2),
    },
  },
  /** RFC 4443; what follows the checksum depends on the type. */
  icmpv6: {
    base: 'transport',
    protocol: 'ipv6-icmp',
    impliesNetwork: 'ip6',
    checksum: 2,
    fields: {
      type: { offset: 0, type: icmpv6_type },
      code: { offset: 1, type: icmpv6_code },
      checksum: integer(2, 2),
      id: ofSomeTypes(4, 2),
      sequence: ofSomeTypes(6, 2),
      'max-delay': ofSomeTypes(4, 2),
      mtu: ofSomeTypes(4, 4),
    },
  },
  /** RFC 3376 */
  igmp: {
    base: 'transport',
    impliesNetwork: 'ip',
    checksum: 2,
    fields: {
      type: { offset: 0, type: igmp_type },
      mrt: integer(1, 1),
      checksum: integer(2, 2),
      group: integer(4, 4),
    },
  },
  /** RFC 4302 */
  ah: {
    base: 'transport',
    fields: {
      nexthdr: { offset: 0, type: inet_proto },
      hdrlength: integer(1, 1),
      reserved: integer(2, 2),
      spi: integer(4, 4),
      sequence: integer(8, 4),
    },
  },
  /** RFC 4303 */
  esp: { base: 'transport', fields: { spi: integer(0, 4), sequence: integer(4, 4) } },
  /** RFC 3173 */
  comp: {
    base: 'transport',
    protocol: 'ipcomp',
    fields: { nexthdr: { offset: 0, type: inet_proto }, flags: integer(1, 1), cpi: integer(2, 2) },
  },
  /** The ports of any transport protocol, where the rule has not determined which. */
  th: { base: 'transport', fields: ports },
} as const satisfies Readonly<Record<string, Header>>

export type HeaderName = keyof typeof headers

/** NFT_PAYLOAD_L4CSUM_PSEUDOHDR. include/uapi/linux/netfilter/nf_tables.h */
const L4_PSEUDO_HEADER = 1

/** The checksums that nft(8) has the kernel update when a field is changed: members of a `payload` expression. */
export function checksumOf({ checksum, checksumType = 'inet', pseudoHeader }: Header, field: string) {
  return {
    csumType: checksum === undefined ? 'none' : checksumType,
    csumOffset: checksum ?? 0,
    csumFlags: pseudoHeader?.includes(field) ? L4_PSEUDO_HEADER : 0,
  } as const
}

/** Transport protocols with ports: `match.sport` and `match.dport`. */
export const portProtocols = ['tcp', 'udp', 'sctp', 'dccp', 'udplite'] as const
export type PortProtocol = (typeof portProtocols)[number]

export type NetworkProtocol = 'ip' | 'ip6' | 'arp' | 'vlan'

/** The network protocol by the value of `meta nfproto`, `meta protocol` or `ether type`. */
export const networkProtocols: Readonly<Record<string, NetworkProtocol>> = {
  ipv4: 'ip',
  ipv6: 'ip6',
  ip: 'ip',
  ip6: 'ip6',
  arp: 'arp',
  '8021q': 'vlan',
}

/** The network protocol of all packets of a table, where its family has only one. */
export function networkProtocolOf(family: NfFamily): NetworkProtocol | undefined {
  return family === 'ip' || family === 'ip6' || family === 'arp' ? family : undefined
}
