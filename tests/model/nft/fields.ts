import { bareUint, types, uint, type ValueType } from './types.js'

type Family = 'ip' | 'ip6' | 'inet' | 'bridge' | 'netdev' | 'arp'

/** What of a packet a rule can look at. */
export interface Field {
  readonly text: string
  readonly type: ValueType
  /** The protocol of the network layer that it belongs to. */
  readonly network?: 'ip' | 'ip6' | 'arp' | 'vlan'
  /** That of the transport layer. */
  readonly transport?: string
  readonly families?: readonly Family[]
  /** The hooks that it is for, if not all. */
  readonly hooks?: RegExp
  /** Whether it can be part of a concatenation or the key of a set. */
  readonly noSets?: boolean
}

type Where = Omit<Field, 'text' | 'type'>

const fields = (where: Where, table: Record<string, ValueType>): Field[] =>
  Object.entries(table).map(([text, type]) => ({ ...where, text, type }))

const INPUT = /prerouting|input|forward|ingress/
const OUTPUT = /forward|output|postrouting|egress/
const IP_FAMILIES = ['ip', 'ip6', 'inet'] as const
const LINK_FAMILIES = ['bridge', 'netdev'] as const

const meta: readonly Field[] = [
  ...fields(
    {},
    {
      'meta mark': types.mark,
      'meta length': uint(32),
      'meta protocol': types.ether_type,
      'meta pkttype': types.pkt_type,
      'meta cpu': uint(32),
      'meta priority': types.classid,
      'meta cgroup': uint(32),
      'meta day': types.day,
      'meta hour': types.hour,
      'meta time': types.time,
      'meta skuid': types.uid,
      'meta skgid': types.gid,
      'meta nftrace': types.boolean,
      'meta random': uint(32),
      'meta ipsec': types.exists,
    },
  ),
  ...fields(
    { hooks: INPUT },
    {
      iifname: types.ifname,
      'meta iifname': types.exact_ifname,
      iif: types.iface_index,
      iiftype: types.iface_type,
      iifgroup: types.devgroup,
      'meta iifkind': types.link_kind,
    },
  ),
  ...fields(
    { hooks: OUTPUT },
    {
      oifname: types.ifname,
      oif: types.iface_index,
      oiftype: types.iface_type,
      oifgroup: types.devgroup,
      'meta oifkind': types.link_kind,
      'meta rtclassid': types.realm,
    },
  ),
  ...fields(
    { families: IP_FAMILIES, hooks: /input|forward/ },
    { 'meta sdif': types.iface_index, 'meta sdifname': types.exact_ifname },
  ),
  ...fields({ families: ['inet', 'bridge', 'netdev'] }, { 'meta l4proto': types.proto_name }),
  ...fields({}, { 'meta l4proto': types.inet_proto }),
  ...fields({ families: ['inet'] }, { 'meta nfproto': types.nf_proto }),
  ...fields({ families: ['bridge'] }, { 'meta ibrname': types.ifname, 'meta obrname': types.exact_ifname }),
  ...fields(
    { families: ['bridge'], hooks: INPUT },
    { 'meta ibrpvid': uint(16), 'meta ibrvproto': types.ether_type },
  ),
]

const ct: readonly Field[] = [
  ...fields(
    { families: IP_FAMILIES },
    {
      'ct state': types.ct_state,
      'ct status': types.ct_status,
      'ct mark': types.mark,
      'ct direction': types.ct_dir,
      'ct expiration': types.duration,
      'ct label': types.ct_label,
      'ct zone': uint(16),
      'ct original zone': uint(16),
      'ct id': uint(32),
      'ct event': types.ct_event,
      'ct packets': uint(64),
      'ct original bytes': uint(64),
      'ct reply packets': uint(64),
      'ct reply avgpkt': uint(64),
      'ct original protocol': types.inet_proto,
      'ct original l3proto': types.nf_proto,
    },
  ),
  ...fields(
    { families: IP_FAMILIES, network: 'ip' },
    { 'ct original ip saddr': types.ipv4_addr, 'ct reply ip daddr': types.ipv4_addr },
  ),
  ...fields(
    { families: IP_FAMILIES, network: 'ip6' },
    { 'ct original ip6 daddr': types.ipv6_addr, 'ct reply ip6 saddr': types.ipv6_addr },
  ),
  ...fields({ families: IP_FAMILIES, noSets: true }, { 'ct helper': types.helper }),
  ...fields({ families: ['bridge'] }, { 'ct state': types.ct_state, 'ct mark': types.mark }),
]

const link: readonly Field[] = [
  ...fields(
    { families: ['inet', 'bridge', 'netdev'] },
    { 'ether saddr': types.ether_addr, 'ether daddr': types.ether_addr, 'ether type': types.ether_type },
  ),
  ...fields(
    { families: LINK_FAMILIES, network: 'vlan' },
    {
      'vlan id': uint(12),
      'vlan pcp': uint(3),
      'vlan dei': types.boolean,
      'vlan type': types.ether_type,
    },
  ),
]

const network: readonly Field[] = [
  ...fields(
    { network: 'ip' },
    {
      'ip saddr': types.ipv4_addr,
      'ip daddr': types.ipv4_addr,
      'ip protocol': types.proto_name,
      'ip ttl': uint(8),
      'ip length': uint(16),
      'ip id': uint(16),
      'ip frag-off': uint(16),
      'ip dscp': types.dscp,
      'ip ecn': types.ecn,
      'ip version': uint(4),
      'ip hdrlength': uint(4),
      'ip checksum': uint(16),
    },
  ),
  ...fields({ network: 'ip' }, { 'ip dscp': types.dscp_number }),
  ...fields(
    { network: 'ip', noSets: true },
    {
      'ip option lsrr ptr': bareUint(8),
      'ip option rr addr': bareUint(32),
      'ip option ra value': bareUint(16),
      'ip option ssrr type': bareUint(8),
      'ip option rr': types.exists,
    },
  ),
  ...fields(
    { network: 'ip6' },
    {
      'ip6 saddr': types.ipv6_addr,
      'ip6 daddr': types.ipv6_addr,
      'ip6 nexthdr': types.inet_proto,
      'ip6 hoplimit': uint(8),
      'ip6 length': uint(16),
      'ip6 dscp': types.dscp,
      'ip6 ecn': types.ecn,
      'ip6 flowlabel': uint(20),
      'ip6 version': uint(4),
      'frag frag-off': uint(13),
      'frag more-fragments': uint(1),
      'frag id': uint(32),
      'frag nexthdr': types.proto_name,
      'hbh nexthdr': types.proto_name,
      'hbh hdrlength': uint(8),
      'dst nexthdr': types.inet_proto,
      'rt type': uint(8),
      'rt seg-left': uint(8),
      'srh tag': uint(16),
      'srh flags': uint(8),
      'srh sid[1]': types.ipv6_addr,
      'mh type': types.mh_type,
    },
  ),
  ...fields(
    { network: 'ip6', noSets: true },
    {
      // nft(8) lists it as `srh sid[1]`, which is at the same place.
      'rt0 addr[1]': types.ipv6_addr,
      'exthdr frag': types.exists,
      'exthdr hbh': types.exists,
      'exthdr dst': types.exists,
      'exthdr rt': types.exists,
    },
  ),
  ...fields(
    { network: 'arp', families: ['arp', 'bridge', 'netdev'] },
    {
      'arp operation': types.arp_op,
      'arp htype': uint(16),
      'arp ptype': types.ether_type,
      'arp hlen': uint(8),
      'arp plen': uint(8),
      'arp saddr ip': types.ipv4_addr,
      'arp daddr ip': types.ipv4_addr,
      'arp saddr ether': types.ether_addr,
      'arp daddr ether': types.ether_addr,
    },
  ),
  ...fields(
    { network: 'ip', families: IP_FAMILIES, hooks: OUTPUT, noSets: true },
    { 'rt ip nexthop': types.ipv4_addr, 'rt classid': types.realm, 'rt ipsec': types.exists },
  ),
  ...fields(
    { network: 'ip6', families: IP_FAMILIES, hooks: OUTPUT, noSets: true },
    { 'rt ip6 nexthop': types.ipv6_addr },
  ),
]

const ports = { sport: types.inet_service, dport: types.inet_service }
const header = (name: string, table: Record<string, ValueType>, where: Where = {}) =>
  fields(
    { transport: name, ...where },
    Object.fromEntries(Object.entries(table).map(([k, v]) => [`${name} ${k}`, v])),
  )

const transport: readonly Field[] = [
  ...header('tcp', {
    ...ports,
    sequence: uint(32),
    ackseq: uint(32),
    doff: uint(4),
    reserved: uint(4),
    flags: types.tcp_flag,
    window: uint(16),
    checksum: uint(16),
    urgptr: uint(16),
  }),
  ...header('tcp', { dport: types.port_name }),
  ...header(
    'tcp',
    {
      'option maxseg size': bareUint(16),
      'option window count': bareUint(8),
      'option timestamp tsval': bareUint(32),
      'option timestamp tsecr': bareUint(32),
      'option sack left': bareUint(32),
      'option sack1 right': bareUint(32),
      'option 254 length': bareUint(8),
      'option @254,16,8': bareUint(8),
      'option maxseg': types.exists,
      'option fastopen': types.exists,
      'option sack-perm': types.exists,
    },
    { noSets: true },
  ),
  ...header('udp', { ...ports, length: uint(16), checksum: uint(16) }),
  ...header('udplite', { ...ports, checksum: uint(16) }),
  ...header('sctp', { ...ports, vtag: uint(32), checksum: uint(32) }),
  ...header('sctp', { 'chunk data': types.exists, 'chunk init init-tag': bareUint(32) }, { noSets: true }),
  ...header('dccp', { ...ports, type: types.dccp_type }),
  ...header('ah', { spi: uint(32), sequence: uint(32), hdrlength: uint(8), reserved: uint(16) }),
  ...header('esp', { spi: uint(32), sequence: uint(32) }),
  ...header('comp', { cpi: uint(16), nexthdr: types.inet_proto }),
  ...header(
    'icmp',
    { type: types.icmp_type, code: types.icmp_code, checksum: uint(16), id: uint(16), sequence: uint(16) },
    { network: 'ip' },
  ),
  ...header('icmp', { mtu: uint(16), gateway: uint(32) }, { network: 'ip', noSets: true }),
  ...header(
    'icmpv6',
    {
      type: types.icmpv6_type,
      code: types.icmpv6_code,
      checksum: uint(16),
      id: uint(16),
      sequence: uint(16),
    },
    { network: 'ip6' },
  ),
  ...header('icmpv6', { mtu: uint(32) }, { network: 'ip6', noSets: true }),
  ...header('igmp', { type: types.igmp_type, mrt: uint(8), group: uint(32) }, { network: 'ip' }),
  ...fields({ transport: 'th' }, { 'th dport': types.inet_service, 'th sport': types.inet_service }),
]

/** The fields that are not of a header: they are looked up, or made. */
const computed: readonly Field[] = [
  ...fields(
    { families: IP_FAMILIES, hooks: /prerouting|input/, noSets: true },
    {
      'fib saddr type': types.addrtype,
      'fib daddr . iif type': types.addrtype,
      'fib saddr . iif oif': types.iface_index,
      'fib saddr . mark . iif oifname': types.exact_ifname,
      'fib daddr oif': types.exists,
      'socket transparent': types.boolean,
      'socket mark': types.mark,
      'socket wildcard': types.boolean,
      'ipsec in reqid': bareUint(32),
      'ipsec in spi': bareUint(32),
      'osf name': types.system,
      'osf ttl loose name': types.system,
    },
  ),
  ...fields(
    { noSets: true },
    {
      'numgen inc mod 10': bareUint(32, 9n),
      'numgen random mod 100 offset 5': bareUint(32, 99n),
      'symhash mod 8': bareUint(32, 7n),
      'symhash mod 65535 offset 7': bareUint(32, 65534n),
    },
  ),
  ...fields(
    { network: 'ip', noSets: true },
    {
      'jhash ip saddr mod 16': bareUint(32, 15n),
      'jhash ip saddr . ip daddr mod 7 seed 0xdeadbeef offset 3': bareUint(32, 6n),
    },
  ),
  ...fields(
    { noSets: true },
    {
      '@nh,8,8': uint(8),
      '@th,16,16': uint(16),
      '@nh,96,32': uint(32),
      '@ll,0,48': uint(48),
      '@nh,0,4': uint(4),
    },
  ),
]

export const FIELDS: readonly Field[] = [...meta, ...ct, ...link, ...network, ...transport, ...computed]
