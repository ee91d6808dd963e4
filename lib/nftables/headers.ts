import type { NfFamily, NftExpressionData } from '../../protocol/index.js'
import type { Datatype } from './datatype.js'
import { datatypes, packetInteger } from './datatypes.js'

/** The layers whose protocol a rule may depend on. */
export type Layer = 'link' | 'network' | 'transport'

/** A field of a protocol header. */
export interface HeaderField {
  /** Bytes from the beginning of the header. */
  readonly offset: number
  readonly type: Datatype
  /** The layer whose protocol a comparison with the field determines: `ip protocol` that of the transport layer. */
  readonly dependency?: Layer
}

interface Header {
  /** The layer of the header, which offsets are relative to. */
  readonly base: Layer
  /** The name of the protocol in its data type, if nft(8) has another name for the header: `ipv6-icmp`. */
  readonly protocol?: string
  /** It implies its network protocol, which nft(8) therefore does not write: ICMP implies IPv4. */
  readonly impliesNetwork?: boolean
  readonly fields: Readonly<Record<string, HeaderField>>
}

const {
  arp_op,
  ether_addr,
  ether_type,
  icmp_type,
  icmpv6_type,
  inet_proto,
  inet_service,
  ipv4_addr,
  ipv6_addr,
} = datatypes

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
      type: { offset: 12, type: ether_type },
    },
  },
  /** RFC 791 */
  ip: {
    base: 'network',
    fields: {
      length: { offset: 2, type: packetInteger(2) },
      id: { offset: 4, type: packetInteger(2) },
      ttl: { offset: 8, type: packetInteger(1) },
      protocol: { offset: 9, type: inet_proto, dependency: 'transport' },
      saddr: { offset: 12, type: ipv4_addr },
      daddr: { offset: 16, type: ipv4_addr },
    },
  },
  /** RFC 8200 */
  ip6: {
    base: 'network',
    fields: {
      length: { offset: 4, type: packetInteger(2) },
      nexthdr: { offset: 6, type: inet_proto, dependency: 'transport' },
      hoplimit: { offset: 7, type: packetInteger(1) },
      saddr: { offset: 8, type: ipv6_addr },
      daddr: { offset: 24, type: ipv6_addr },
    },
  },
  /** RFC 826 */
  arp: {
    base: 'network',
    fields: {
      htype: { offset: 0, type: packetInteger(2) },
      operation: { offset: 6, type: arp_op },
    },
  },
  /** RFC 9293 */
  tcp: {
    base: 'transport',
    fields: {
      ...ports,
      sequence: { offset: 4, type: packetInteger(4) },
      window: { offset: 14, type: packetInteger(2) },
    },
  },
  /** RFC 768 */
  udp: { base: 'transport', fields: { ...ports, length: { offset: 4, type: packetInteger(2) } } },
  udplite: { base: 'transport', fields: ports },
  sctp: { base: 'transport', fields: ports },
  dccp: { base: 'transport', fields: ports },
  /** RFC 792 */
  icmp: {
    base: 'transport',
    protocol: 'icmp',
    impliesNetwork: true,
    fields: {
      type: { offset: 0, type: icmp_type },
      code: { offset: 1, type: packetInteger(1) },
    },
  },
  /** RFC 4443 */
  icmpv6: {
    base: 'transport',
    protocol: 'ipv6-icmp',
    impliesNetwork: true,
    fields: {
      type: { offset: 0, type: icmpv6_type },
      code: { offset: 1, type: packetInteger(1) },
    },
  },
  /** The ports of any transport protocol, where the rule has not determined which. */
  th: { base: 'transport', fields: ports },
} as const satisfies Readonly<Record<string, Header>>

/** Transport protocols with ports: `match.sport` and `match.dport`. */
export const portProtocols = ['tcp', 'udp', 'sctp', 'dccp', 'udplite'] as const
export type PortProtocol = (typeof portProtocols)[number]

export type NetworkProtocol = 'ip' | 'ip6' | 'arp'

/** The network protocol by the value of `meta nfproto` or `meta protocol`. */
export const networkProtocols: Readonly<Record<string, NetworkProtocol>> = {
  ipv4: 'ip',
  ipv6: 'ip6',
  ip: 'ip',
  ip6: 'ip6',
  arp: 'arp',
}

/** The network protocol of all packets of a table, where its family has only one. */
export function networkProtocolOf(family: NfFamily): NetworkProtocol | undefined {
  return family === 'ip' || family === 'ip6' || family === 'arp' ? family : undefined
}

/** A field with its text. */
export interface NamedField extends HeaderField {
  /** nft(8)'s text: `ip saddr`. */
  readonly text: string
  readonly header: Header
}

/** The fields by the layer of their header and its protocol. */
const fieldsOf = new Map<string, readonly NamedField[]>(
  Object.entries<Header>(headers).map(([name, header]) => [
    `${header.base} ${header.protocol ?? name}`,
    Object.entries(header.fields).map(([field, one]) => ({ ...one, text: `${name} ${field}`, header })),
  ]),
)

/**
 * The field that a payload expression loads; only its first bytes, if it holds addresses and `len` is shorter.
 * @param protocols what the rule has determined about the packet so far
 */
export function fieldAt(
  { base, offset = 0, len = 0 }: Pick<NftExpressionData<'payload'>, 'base' | 'offset' | 'len'>,
  protocols: { readonly network: NetworkProtocol | undefined; readonly transport: string | undefined },
): NamedField | undefined {
  const protocol =
    base === 'link' ? 'ether' : base === 'network' ? protocols.network : (protocols.transport ?? 'th')
  return fieldsOf
    .get(`${base} ${protocol}`)
    ?.find(
      ({ offset: at, type }) =>
        at === offset && (len === type.length || (len < type.length && type.prefixes)),
    )
}
