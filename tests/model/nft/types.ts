import fc from 'fast-check'

/** Text from random choices. */
export type Text = fc.Arbitrary<string>

/** A data type of nft(8): how its values are written. */
export type ValueType = NumberType | NameType

/** Values that are integers: they have ranges. */
export interface NumberType {
  /** The name in `type` of a set, if it has one; else `typeof` is used. */
  readonly name?: string
  readonly bits: number
  readonly show: (value: bigint) => string
  /** Whether prefixes are written: `10.0.0.0/8`. */
  readonly prefixes?: boolean
  /** The largest value that nft(8) takes, if not all bits. */
  readonly max?: bigint
  /** Whether `&`, `|` and `^` make sense to nft(8). */
  readonly masks?: boolean
}

/** Values that are names, without an order. */
export interface NameType {
  readonly name?: string
  readonly names: readonly string[]
  /** Whether the names are bits that can be combined: `established,related`. */
  readonly flags?: boolean
}

export const isNumber = (type: ValueType): type is NumberType => 'bits' in type

export const maxOf = ({ bits, max }: NumberType) => max ?? (1n << BigInt(bits)) - 1n

const hex = (digits: number) => (value: bigint) => `0x${value.toString(16).padStart(digits, '0')}`

const ipv4 = (value: bigint) => [24n, 16n, 8n, 0n].map((at) => (value >> at) & 255n).join('.')

const ipv6 = (value: bigint) =>
  Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':')

const ether = (value: bigint) =>
  value
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?!$)/g, '$&:')

/** `2d3h`: seconds. */
export const seconds = (value: bigint) => `${value}s`

/** In quotes: nft(8) does not read `1:2` everywhere. */
const tcHandle = (value: bigint) => `"${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}"`

export const uint = (bits: number): NumberType => ({ bits, show: String, masks: true })

/** Numbers that nft(8) takes no masks of. */
export const bareUint = (bits: number, max?: bigint): NumberType => ({
  bits,
  show: String,
  ...(max === undefined ? {} : { max }),
})

/** Names of data types are those of nft(8); others describe the values. */
export const types = {
  ipv4_addr: { name: 'ipv4_addr', bits: 32, show: ipv4, prefixes: true, masks: true },
  ipv6_addr: { name: 'ipv6_addr', bits: 128, show: ipv6, prefixes: true, masks: true },
  ether_addr: { name: 'ether_addr', bits: 48, show: ether, masks: true },
  inet_service: { name: 'inet_service', bits: 16, show: String, masks: true },
  mark: { name: 'mark', bits: 32, show: hex(8), masks: true },
  inet_proto: { name: 'inet_proto', bits: 8, show: String },
  port_name: { names: ['ssh', 'http', 'https', 'domain'] },
  proto_name: { names: ['tcp', 'udp', 'icmp', 'esp', 'gre', 'sctp', 'ipv6-icmp'] },
  ether_type: { name: 'ether_type', names: ['ip', 'ip6', 'arp', 'vlan', '8021ad', '0x88cc'] },
  ifname: { name: 'ifname', names: ['"eth0"', '"lo"', '"veth*"', '"wlan0.5"', '"a-b"', '"longest-name-15"'] },
  exact_ifname: { name: 'ifname', names: ['"eth0"', '"lo"', '"wlan0"', '"a-b"', '"longest-name-15"'] },
  iface_index: { name: 'iface_index', names: ['"lo"', '77'] },
  iface_type: { name: 'iface_type', names: ['ether', 'ppp', 'ipip', 'loopback', 'sit'] },
  devgroup: { name: 'devgroup', bits: 32, show: String, masks: true },
  uid: { name: 'uid', bits: 32, show: String },
  gid: { name: 'gid', bits: 32, show: String },
  classid: { name: 'classid', bits: 32, show: tcHandle },
  realm: { name: 'realm', bits: 32, show: String, masks: true },
  pkt_type: { name: 'pkt_type', names: ['host', 'unicast', 'broadcast', 'multicast', 'other'] },
  nf_proto: { name: 'nf_proto', names: ['ipv4', 'ipv6'] },
  boolean: { names: ['0', '1'] },
  exists: { names: ['exists', 'missing'] },
  day: {
    names: ['"Sunday"', '"Monday"', '"Tuesday"', '"Wednesday"', '"Thursday"', '"Friday"', '"Saturday"'],
  },
  hour: {
    bits: 17,
    max: 86399n,
    show: (value) =>
      `"${[value / 3600n, (value / 60n) % 60n, value % 60n].map((n) => String(n).padStart(2, '0')).join(':')}"`,
  },
  /** Seconds since 1970 as a date. */
  time: {
    bits: 32,
    max: 4_000_000_000n,
    show: (value) => `"${new Date(Number(value) * 1000).toISOString().slice(0, 19).replace('T', ' ')}"`,
  },
  ct_state: {
    name: 'ct_state',
    names: ['invalid', 'new', 'established', 'related', 'untracked'],
    flags: true,
  },
  ct_status: {
    name: 'ct_status',
    names: ['expected', 'seen-reply', 'assured', 'confirmed', 'snat', 'dnat', 'dying'],
    flags: true,
  },
  ct_event: {
    name: 'ct_event',
    names: ['new', 'related', 'destroy', 'reply', 'assured', 'protoinfo', 'seqadj'],
    flags: true,
  },
  ct_dir: { name: 'ct_dir', names: ['original', 'reply'] },
  ct_label: { bits: 7, show: String },
  /** Seconds: the kernel has milliseconds. */
  duration: { bits: 22, show: seconds },
  helper: { names: ['"ftp"', '"sip-5060"', '"tftp"'] },
  tcp_flag: {
    name: 'tcp_flag',
    names: ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ecn', 'cwr'],
    flags: true,
  },
  icmp_type: {
    name: 'icmp_type',
    names: ['echo-reply', 'destination-unreachable', 'redirect', 'echo-request', 'time-exceeded', '42'],
  },
  icmp_code: { name: 'icmp_code', names: ['net-unreachable', 'host-unreachable', 'prot-unreachable', '77'] },
  icmpv6_type: {
    name: 'icmpv6_type',
    names: ['echo-request', 'echo-reply', 'nd-neighbor-solicit', 'nd-router-advert', 'mld-listener-query'],
  },
  icmpv6_code: { name: 'icmpv6_code', names: ['no-route', 'admin-prohibited', 'policy-fail', '99'] },
  igmp_type: { name: 'igmp_type', names: ['membership-query', 'leave-group', 'membership-report-v2'] },
  dscp: { name: 'dscp', names: ['cs0', 'cs1', 'cs7', 'af11', 'af43', 'ef', '0x3f', '1'] },
  dscp_number: { bits: 6, show: hex(2) },
  ecn: { name: 'ecn', names: ['not-ect', 'ect0', 'ect1', 'ce'] },
  arp_op: { name: 'arp_op', names: ['request', 'reply', 'rrequest', 'inrequest', 'nak', '99'] },
  addrtype: {
    name: 'fib_addrtype',
    names: ['unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole'],
  },
  dccp_type: { name: 'dccp_pkttype', names: ['request', 'response', 'data', 'ack', 'close', 'sync'] },
  mh_type: { name: 'mh_type', names: ['binding-refresh-request', 'home-test', 'binding-error'] },
  system: { names: ['"Linux"', '"Windows"', '"unknown"'] },
  link_kind: { names: ['"vrf"', '"bridge"', '"veth"'] },
} as const satisfies Record<string, ValueType>

/** Numbers that are mostly near an end of the space, a power of two, or one another. */
export function numbers(type: NumberType): fc.Arbitrary<bigint> {
  const max = maxOf(type)
  const clamp = (value: bigint) => (value < 0n ? 0n : value > max ? max : value)
  return fc.oneof(
    fc.constantFrom(0n, 1n, 2n, max, max - 1n).map(clamp),
    fc
      .tuple(fc.integer({ min: 0, max: type.bits }), fc.integer({ min: -1, max: 1 }))
      .map(([bit, offset]) => clamp((1n << BigInt(bit)) + BigInt(offset))),
    fc.bigInt({ min: 0n, max }),
    fc.bigInt({ min: 0n, max: max > 300n ? 300n : max }),
  )
}

/** One value. */
export function value(type: ValueType): Text {
  return isNumber(type) ? numbers(type).map(type.show) : fc.constantFrom(...type.names)
}

export interface Interval {
  readonly from: bigint
  readonly to: bigint
  /** Whether it is written as a prefix where it is one. */
  readonly asPrefix: boolean
}

function mask(type: NumberType, length: number): bigint {
  const host = BigInt(type.bits - length)
  return (1n << host) - 1n
}

/** A single value, a range or a prefix. */
export function interval(type: NumberType): fc.Arbitrary<Interval> {
  const single = numbers(type).map((from) => ({ from, to: from, asPrefix: false }))
  const range = fc
    .tuple(numbers(type), numbers(type))
    .map((ends) => [...ends].sort((a, b) => (a < b ? -1 : 1)) as [bigint, bigint])
    .map(([from, to]) => ({ from, to, asPrefix: false }))
  if (type.prefixes !== true) return fc.oneof(single, range)
  const prefix = fc.tuple(numbers(type), fc.integer({ min: 0, max: type.bits })).map(([at, length]) => {
    const host = mask(type, length)
    const from = (at >> BigInt(type.bits - length)) << BigInt(type.bits - length)
    return { from, to: from + host, asPrefix: true }
  })
  return fc.oneof(single, range, prefix)
}

export function showInterval(type: NumberType, { from, to, asPrefix }: Interval): string {
  if (from === to) return type.show(from)
  if (asPrefix) {
    const length = type.bits - (to - from).toString(2).length
    return `${type.show(from)}/${length}`
  }
  return `${type.show(from)}-${type.show(to)}`
}

/** Disjoint intervals in order; some touch, some begin or end where the space does. */
export function intervals(type: NumberType, count = 5): fc.Arbitrary<string[]> {
  return fc
    .tuple(fc.array(interval(type), { minLength: 1, maxLength: count }), fc.boolean())
    .map(([list, isTouching]) => {
      const sorted = [...list].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
      const disjoint: Interval[] = []
      for (const one of sorted) {
        const last = disjoint.at(-1)
        if (last === undefined || one.from > last.to) disjoint.push(one)
      }
      const touching = disjoint.map((one, i) => {
        const next = disjoint[i + 1]
        return isTouching && next !== undefined ? { ...one, to: next.from - 1n, asPrefix: false } : one
      })
      return touching.map((one) => showInterval(type, one))
    })
}

/** Distinct single values. */
export function singles(type: ValueType, count = 4): fc.Arbitrary<string[]> {
  return fc.uniqueArray(value(type), { minLength: 1, maxLength: count })
}

/** The keys of a set: single values, or intervals where the type has an order. */
export function keys(type: ValueType): fc.Arbitrary<string[]> {
  return isNumber(type) ? fc.oneof(singles(type), intervals(type)) : singles(type)
}
