import type { NfFamily } from '../../../protocol/index.js'
import { type Datatype, datatypes } from '../datatypes.js'

/** A field of a packet's headers: how nft(8) calls it, where it lies, what it holds. */
export interface PacketField {
  readonly text: string
  readonly offset: number
  readonly len: number
  readonly type: Datatype
}

const field = (text: string, offset: number, type: Datatype): PacketField => ({
  text,
  offset,
  len: type.length,
  type,
})

const { inet_service: port, inet_proto: protocol, ipv4_addr: address, ipv6_addr: address6 } = datatypes
/** Numbers without a meaning of their own, as packets have them. */
export const plain = (length: number): Datatype => ({ ...datatypes.inet_service, length })

/** RFC 791, RFC 8200, by the network protocol. */
const network: Readonly<Record<'ip' | 'ip6' | 'arp', readonly PacketField[]>> = {
  ip: [
    field('ip length', 2, plain(2)),
    field('ip id', 4, plain(2)),
    field('ip ttl', 8, plain(1)),
    field('ip protocol', 9, protocol),
    field('ip saddr', 12, address),
    field('ip daddr', 16, address),
  ],
  ip6: [
    field('ip6 length', 4, plain(2)),
    field('ip6 nexthdr', 6, protocol),
    field('ip6 hoplimit', 7, plain(1)),
    field('ip6 saddr', 8, address6),
    field('ip6 daddr', 24, address6),
  ],
  arp: [field('arp htype', 0, plain(2)), field('arp operation', 6, datatypes.arp_op)],
}

const ports = (name: string) => [field(`${name} sport`, 0, port), field(`${name} dport`, 2, port)]

/** RFC 9293, RFC 768, RFC 792, RFC 4443 and others, by the transport protocol. */
const transport: Readonly<Record<string, readonly PacketField[]>> = {
  tcp: [...ports('tcp'), field('tcp sequence', 4, plain(4)), field('tcp window', 14, plain(2))],
  udp: [...ports('udp'), field('udp length', 4, plain(2))],
  udplite: ports('udplite'),
  sctp: ports('sctp'),
  dccp: ports('dccp'),
  icmp: [field('icmp type', 0, datatypes.icmp_type), field('icmp code', 1, plain(1))],
  'ipv6-icmp': [field('icmpv6 type', 0, datatypes.icmpv6_type), field('icmpv6 code', 1, plain(1))],
  th: ports('th'),
}

const link = [
  field('ether daddr', 0, datatypes.ether_addr),
  field('ether saddr', 6, datatypes.ether_addr),
  field('ether type', 12, datatypes.ether_type),
]

export type NetworkProtocol = keyof typeof network

/** The network protocol that a table sees alone. */
export function protocolOf(family: NfFamily): NetworkProtocol | undefined {
  return family === 'ip' || family === 'ip6' || family === 'arp' ? family : undefined
}

/** The field at a place; of an address, perhaps only its first bytes. */
export function fieldAt(
  base: string | number | undefined,
  offset: number,
  len: number,
  networkProtocol: NetworkProtocol | undefined,
  transportProtocol: string | undefined,
): PacketField | undefined {
  const fields =
    base === 'link'
      ? link
      : base === 'network'
        ? networkProtocol && network[networkProtocol]
        : base === 'transport'
          ? transport[transportProtocol ?? 'th']
          : undefined
  return fields?.find((one) => {
    if (one.offset !== offset) return false
    return one.len === len || (len < one.len && (one.type === address || one.type === address6))
  })
}

/** The same, as the processor has them. */
const number = (length: number): Datatype => ({ ...datatypes.iface_index, length })

/** What is known of a packet besides its bytes, by the kernel's keys: nft(8)'s words, and the type. */
export const metaFields: Readonly<Record<string, { readonly text: string; readonly type: Datatype }>> = {
  len: { text: 'meta length', type: number(4) },
  protocol: { text: 'meta protocol', type: datatypes.ether_type },
  priority: { text: 'meta priority', type: datatypes.mark },
  mark: { text: 'meta mark', type: datatypes.mark },
  iif: { text: 'iif', type: datatypes.iface_index },
  oif: { text: 'oif', type: datatypes.iface_index },
  iifname: { text: 'iifname', type: datatypes.ifname },
  oifname: { text: 'oifname', type: datatypes.ifname },
  iiftype: { text: 'meta iiftype', type: number(2) },
  oiftype: { text: 'meta oiftype', type: number(2) },
  skuid: { text: 'meta skuid', type: datatypes.uid },
  skgid: { text: 'meta skgid', type: datatypes.gid },
  nftrace: { text: 'meta nftrace', type: number(1) },
  nfproto: { text: 'meta nfproto', type: datatypes.nf_proto },
  l4proto: { text: 'meta l4proto', type: datatypes.inet_proto },
  pkttype: { text: 'meta pkttype', type: datatypes.pkt_type },
  cpu: { text: 'meta cpu', type: number(4) },
  iifgroup: { text: 'iifgroup', type: number(4) },
  oifgroup: { text: 'oifgroup', type: number(4) },
  cgroup: { text: 'meta cgroup', type: number(4) },
  iifkind: { text: 'meta iifkind', type: datatypes.ifname },
  oifkind: { text: 'meta oifkind', type: datatypes.ifname },
}

/** What is known of a connection. */
export const ctFields: Readonly<Record<string, { readonly text: string; readonly type: Datatype }>> = {
  state: { text: 'state', type: datatypes.ct_state },
  direction: { text: 'direction', type: datatypes.ct_dir },
  status: { text: 'status', type: datatypes.ct_status },
  mark: { text: 'mark', type: datatypes.mark },
  l3protocol: { text: 'l3proto', type: datatypes.nf_proto },
  protocol: { text: 'protocol', type: datatypes.inet_proto },
  protoSrc: { text: 'proto-src', type: datatypes.inet_service },
  protoDst: { text: 'proto-dst', type: datatypes.inet_service },
  srcIp: { text: 'ip saddr', type: datatypes.ipv4_addr },
  dstIp: { text: 'ip daddr', type: datatypes.ipv4_addr },
  srcIp6: { text: 'ip6 saddr', type: datatypes.ipv6_addr },
  dstIp6: { text: 'ip6 daddr', type: datatypes.ipv6_addr },
  zone: { text: 'zone', type: number(2) },
  id: { text: 'id', type: number(4) },
}
