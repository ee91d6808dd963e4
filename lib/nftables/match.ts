import type { NftExpressionInput } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { type Datatype, datatypes, integerBytes, type NftValue } from './datatypes.js'
import { expressionsOf } from './parts.js'
import type { NftRuleContext, NftRulePart } from './spec.js'
import { bitsOf, compareBytes, maskOf, parseInterval } from './values.js'

/** Where a match keeps what it compares. */
const REGISTER = 1

type PayloadBase = 'link' | 'network' | 'transport'
type MetaKey =
  | 'iifname'
  | 'oifname'
  | 'iif'
  | 'oif'
  | 'mark'
  | 'nfproto'
  | 'l4proto'
  | 'pkttype'
  | 'protocol'
  | 'skuid'
  | 'skgid'

/** Protocols that have ports. */
export type PortProtocol = 'tcp' | 'udp' | 'sctp' | 'dccp' | 'udplite'

const loadMeta = (key: MetaKey): NftExpressionInput => ({ name: 'meta', data: { key, dreg: REGISTER } })
const loadPayload = (base: PayloadBase, offset: number, len: number): NftExpressionInput => ({
  name: 'payload',
  data: { base, offset, len, dreg: REGISTER },
})

function equals(value: Uint8Array): NftExpressionInput {
  return { name: 'cmp', data: { sreg: REGISTER, op: 'eq', data: { value } } }
}

/**
 * Compares what was loaded: with one value, prefix or range; with any of several, which become a set of the rule's own;
 * with the set of a name, `@name`.
 */
function compare(type: Datatype, values: readonly NftValue[], argument: string): NftRulePart {
  const [first] = values
  if (first === undefined) throw new ArgumentError(argument, values, 'at least one value')
  if (values.length > 1) {
    return ({ anonymousSet }: NftRuleContext) => [
      { name: 'lookup', data: { ...anonymousSet(type, values), sreg: REGISTER, flags: [] } },
    ]
  }
  if (typeof first === 'string' && first.startsWith('@')) {
    return { name: 'lookup', data: { set: first.slice(1), sreg: REGISTER, flags: [] } }
  }
  if (type.name === 'ifname') return equals(namePattern(type, first, argument))
  const { from, to } = parseInterval(type, first, argument)
  if (compareBytes(from, to) === 0) return equals(from)
  if (!type.big) throw new ArgumentError(argument, first, `a single value of ${type.name}`)
  const length = typeof first === 'string' && first.includes('/') ? Number(first.split('/')[1]) : undefined
  if (length !== undefined) {
    const xor = { value: integerBytes(0, type.length, true) }
    const mask = { value: maskOf(length, type.length) }
    const masked: NftExpressionInput = {
      name: 'bitwise',
      data: { sreg: REGISTER, dreg: REGISTER, len: type.length, mask, xor },
    }
    return [masked, equals(from)]
  }
  return {
    name: 'range',
    data: { sreg: REGISTER, op: 'eq', fromData: { value: from }, toData: { value: to } },
  }
}

/** A link's name, or with `*` at its end all that begin so: what is compared is shorter then. */
function namePattern(type: Datatype, name: NftValue, argument: string): Uint8Array {
  const text = String(name)
  if (!text.endsWith('*')) return type.parse(text, argument)
  return type.parse(text.slice(0, -1), argument).subarray(0, Buffer.byteLength(text) - 1)
}

/** Only packets of this network protocol, where the table sees others too. */
function networkIs(version: 4 | 6): NftRulePart {
  return ({ family }: NftRuleContext) => {
    const own = version === 4 ? 'ip' : 'ip6'
    if (family === own) return []
    if (family === 'ip' || family === 'ip6' || family === 'arp') {
      throw new ArgumentError('expressions', `an IPv${version} match`, `of the table's family, ${family}`)
    }
    if (family === 'inet') {
      return [loadMeta('nfproto'), equals(datatypes.nf_proto.parse(`ipv${version}`, 'family'))]
    }
    return [loadMeta('protocol'), equals(datatypes.ether_type.parse(own, 'family'))]
  }
}

function transportIs(protocol: string): NftRulePart {
  return [loadMeta('l4proto'), equals(datatypes.inet_proto.parse(protocol, 'protocol'))]
}

function metaMatch(key: MetaKey, type: Datatype) {
  return (...values: readonly NftValue[]): NftRulePart => [loadMeta(key), compare(type, values, key)]
}

function addressMatch(argument: 'saddr' | 'daddr', offset4: number, offset6: number) {
  return (...values: readonly string[]): NftRulePart => {
    const plain = values.find((value) => !value.startsWith('@'))
    const load = (version: 4 | 6): NftRulePart =>
      version === 4
        ? [networkIs(4), loadPayload('network', offset4, 4), compare(datatypes.ipv4_addr, values, argument)]
        : [networkIs(6), loadPayload('network', offset6, 16), compare(datatypes.ipv6_addr, values, argument)]
    if (plain !== undefined) return load(plain.includes(':') ? 6 : 4)
    return ({ family }: NftRuleContext) => {
      if (family === 'ip' || family === 'ip6') return [load(family === 'ip' ? 4 : 6)]
      throw new ArgumentError(argument, values, `clear of its family in a table of family ${family}`)
    }
  }
}

function portMatch(argument: 'sport' | 'dport', offset: number) {
  return (protocol: PortProtocol, ...ports: readonly NftValue[]): NftRulePart => [
    transportIs(protocol),
    loadPayload('transport', offset, 2),
    compare(datatypes.inet_service, ports, argument),
  ]
}

function ctMatch(key: 'state' | 'status', type: Datatype) {
  return (...names: readonly string[]): NftRulePart => {
    const mask = bitsOf(type, names, key)
    const zero = integerBytes(0, type.length, type.big)
    return [
      { name: 'ct', data: { key, dreg: REGISTER } },
      {
        name: 'bitwise',
        data: {
          sreg: REGISTER,
          dreg: REGISTER,
          len: type.length,
          mask: { value: mask },
          xor: { value: zero },
        },
      },
      { name: 'cmp', data: { sreg: REGISTER, op: 'neq', data: { value: zero } } },
    ]
  }
}

/** What a rule looks for in a packet. Values are single ones, prefixes, ranges, several of these, or a set: `@name`. */
export const match = {
  /** The link that it came in by; `eth*` for all that begin so. */
  iifname: metaMatch('iifname', datatypes.ifname),
  /** The link that it leaves by. */
  oifname: metaMatch('oifname', datatypes.ifname),
  /** The index of the link that it came in by. */
  iif: metaMatch('iif', datatypes.iface_index),
  /** The index of the link that it leaves by. */
  oif: metaMatch('oif', datatypes.iface_index),
  mark: metaMatch('mark', datatypes.mark),
  l4proto: metaMatch('l4proto', datatypes.inet_proto),
  nfproto: metaMatch('nfproto', datatypes.nf_proto),
  pkttype: metaMatch('pkttype', datatypes.pkt_type),
  /** The user whose socket it comes from. */
  skuid: metaMatch('skuid', datatypes.uid),
  skgid: metaMatch('skgid', datatypes.gid),
  /** Where it comes from: `10.0.0.0/8`, `10.0.0.1-10.0.0.9`, `@blocked`. */
  saddr: addressMatch('saddr', 12, 8),
  /** Where it goes. */
  daddr: addressMatch('daddr', 16, 24),
  sport: portMatch('sport', 0),
  /** `dport('tcp', 80, 443, '8000-8999')` */
  dport: portMatch('dport', 2),
  icmpType: (...types: readonly NftValue[]): NftRulePart => [
    transportIs('icmp'),
    loadPayload('transport', 0, 1),
    compare(datatypes.icmp_type, types, 'icmpType'),
  ],
  icmpv6Type: (...types: readonly NftValue[]): NftRulePart => [
    transportIs('ipv6-icmp'),
    loadPayload('transport', 0, 1),
    compare(datatypes.icmpv6_type, types, 'icmpv6Type'),
  ],
  /** Any of `new`, `established`, `related`, `invalid`, `untracked`. */
  ctState: ctMatch('state', datatypes.ct_state),
  /** Any of `dnat`, `snat`, `assured`, `seen-reply`, `confirmed`, `expected`, `dying`. */
  ctStatus: ctMatch('status', datatypes.ct_status),
  ctMark: (...values: readonly NftValue[]): NftRulePart => [
    { name: 'ct', data: { key: 'mark', dreg: REGISTER } },
    compare(datatypes.mark, values, 'ctMark'),
  ],
  /** What the match does not find. */
  not: (part: NftRulePart): NftRulePart => {
    return (rule: NftRuleContext) => {
      const expressions = expressionsOf(part, rule)
      const last = expressions.pop()
      if (last === undefined) throw new ArgumentError('not', part, 'a match')
      return [...expressions, opposite(last)]
    }
  },
} as const

function opposite(expression: NftExpressionInput): NftExpressionInput {
  if (expression.name === 'cmp' && expression.data && !(expression.data instanceof Uint8Array)) {
    const { op } = expression.data
    if (op === 'eq' || op === 'neq') {
      return { name: 'cmp', data: { ...expression.data, op: op === 'eq' ? 'neq' : 'eq' } }
    }
  }
  if (expression.name === 'range') {
    return { name: 'range', data: { ...expression.data, op: expression.data?.op === 'eq' ? 'neq' : 'eq' } }
  }
  if (expression.name === 'lookup') {
    const inverted = expression.data?.flags?.includes('invert')
    return { name: 'lookup', data: { ...expression.data, flags: inverted ? [] : ['invert'] } }
  }
  throw new ArgumentError('not', expression.name, 'a match that compares')
}
