import { ArgumentError } from '../errors.js'
import { assertKnownKeys } from '../options.js'
import { registerBuilders } from './builders.js'
import {
  compareField,
  compareMasked,
  firstOf,
  inverted,
  isSetReference,
  lookUpAnonymous,
  lookUpNamed,
  maskPair,
} from './comparison.js'
import type { NftValue } from './datatype.js'
import type { NftKey } from './elements.js'
import { type CtKeyName, ctKeys } from './expressions/ct.js'

import { type MetaKeyName, metaKeys } from './expressions/meta.js'
import { type headers, type PortProtocol, portProtocols } from './headers.js'
import { keysOf } from './keys.js'
import { expressionsOf } from './parts.js'
import {
  type FibFlag,
  type FibResult,
  fibSelector,
  type RtKeyName,
  rtSelector,
  type SocketKeyName,
  socketSelector,
} from './route-selectors.js'
import {
  anyHeaders,
  ctSelector,
  headerSelector,
  isSelectable,
  metaSelector,
  type NftFieldName,
  type SelectableField,
  type Selector,
  selectorsOf,
  transportIs,
} from './selector.js'
import type { NftRuleContext, NftRulePart } from './spec.js'
import { unknownName } from './unknown-name.js'

/** Matches a field of the packet: any of the values. */
export type FieldMatch = (...values: readonly NftValue[]) => NftRulePart

/** The bits of a mark that are compared. */
export interface MaskOptions {
  readonly mask?: NftValue | undefined
}

const maskKeys = keysOf<MaskOptions>({ mask: true })

const fieldMatch =
  (select: () => Selector, argument?: string): FieldMatch =>
  (...values) =>
  () => {
    const field = select()
    return compareField(field, values, argument ?? field.text)
  }

const metaMatch = (key: MetaKeyName) => fieldMatch(() => metaSelector(key), key)

/** Compares a mark, all of it or the bits of a mask. */
function markMatch(select: () => Selector, argument: string) {
  return (...values: readonly (NftValue | MaskOptions)[]): NftRulePart =>
    () => {
      const field = select()
      const last = values.at(-1)
      if (typeof last !== 'object') return compareField(field, values as readonly NftValue[], argument)
      assertKnownKeys(last, maskKeys, `the options of ${argument}`)
      const given = values.slice(0, -1) as readonly NftValue[]
      if (last.mask === undefined) return compareField(field, given, argument)
      if (given.length !== 1) {
        throw new ArgumentError(argument, given, 'one value', `${argument} takes one value with a mask`)
      }
      const [value, mask] = [given[0] as NftValue, last.mask].map((one, i) =>
        field.type.parse(one, i === 0 ? argument : 'mask'),
      ) as [Uint8Array, Uint8Array]
      const pair = maskPair(value, mask, given[0], argument)
      return compareMasked(field, pair.value, pair.mask)
    }
}

/** Compares an address of the IPv4 or the IPv6 header, depending on the values. */
function addressMatch(field: 'saddr' | 'daddr') {
  const compare = (protocol: 'ip' | 'ip6', values: readonly string[]): NftRulePart =>
    compareField(headerSelector(protocol, field), values, field)
  return (...values: readonly string[]): NftRulePart =>
    (rule: NftRuleContext) => {
      const first = firstOf(values, field)
      const address = values.find((value) => !isSetReference(value))
      if (address !== undefined) return compare(String(address).includes(':') ? 'ip6' : 'ip', values)
      const { family } = rule
      if (family === 'ip' || family === 'ip6') return compare(family, values)
      const types = rule.set(first.slice(1))?.types.map(({ name }) => name)
      if (types?.length === 1 && types[0] === 'ipv4_addr') return compare('ip', values)
      if (types?.length === 1 && types[0] === 'ipv6_addr') return compare('ip6', values)
      if (types === undefined) return compare('ip', values)
      const message = `${field} cannot be looked up in ${first}: its keys are of type ${types.join(' . ')}, not of addresses`
      throw new ArgumentError(field, first, 'a set of ipv4_addr or ipv6_addr', message)
    }
}

function portMatch(field: 'sport' | 'dport') {
  return (protocol: PortProtocol, ...ports: readonly NftValue[]): NftRulePart =>
    () => {
      if (!portProtocols.includes(protocol)) {
        throw unknownName('protocol', protocol, portProtocols, { where: 'in a match of ports' })
      }
      return [transportIs(protocol), compareField(headerSelector('th', field), ports, field)]
    }
}

type Camel<S extends string> = S extends `${infer A}-${infer B}`
  ? `${A}${Capitalize<Camel<B>>}`
  : S extends `${infer A} ${infer B}`
    ? `${A}${Capitalize<Camel<B>>}`
    : S

const camel = (name: string) => name.replace(/[- ](.)/g, (_, letter: string) => letter.toUpperCase())

type HeaderMatches = {
  readonly [H in keyof typeof headers]: {
    readonly [F in SelectableField<H> as Camel<F>]: FieldMatch
  }
}

/** A match for each field of each header. */
const headerMatches = Object.fromEntries(
  Object.entries(anyHeaders).map(([header, { fields }]) => [
    header,
    Object.fromEntries(
      Object.keys(fields)
        .filter((field) => isSelectable(header, field))
        .map((field) => [camel(field), fieldMatch(() => headerSelector(header, field))]),
    ),
  ]),
) as HeaderMatches

/** Keys of connections that depend on a direction, which the kernel refuses without one. */
const DIRECTED = [
  'protoSrc',
  'protoDst',
  'srcIp',
  'dstIp',
  'srcIp6',
  'dstIp6',
  'src',
  'dst',
  'l3protocol',
  'protocol',
]

type CtMatches = {
  readonly [K in Exclude<
    CtKeyName,
    | 'protoSrc'
    | 'protoDst'
    | 'srcIp'
    | 'dstIp'
    | 'srcIp6'
    | 'dstIp6'
    | 'src'
    | 'dst'
    | 'l3protocol'
    | 'protocol'
  >]: FieldMatch
}

const ctMatches = Object.fromEntries(
  (Object.keys(ctKeys) as CtKeyName[])
    .filter((key) => !DIRECTED.includes(key))
    .map((key) => [key, fieldMatch(() => ctSelector(key))]),
) as CtMatches

const metaMatches = Object.fromEntries(
  (Object.keys(metaKeys) as MetaKeyName[]).map((key) => [key, fieldMatch(() => metaSelector(key))]),
) as { readonly [K in MetaKeyName]: FieldMatch }

/**
 * The parts of a rule that select packets. Each takes one or more values and matches if any of them does: a value by
 * its name or number, a prefix (`10.0.0.0/8`), a range (`1024-65535`, `>=1024`), the beginning of links' names (`eth*`),
 * or a named set (`@blocked`), whose keys have to be of the field's type. Several values become an anonymous set.
 *
 * Nothing is checked before the rule is built: what is invalid rejects `addRule`, with an {@link ArgumentError}. nft(8),
 * DATA TYPES
 */
export const match = registerBuilders(
  'match',
  {
    /** The fields of headers, by nft(8)'s names in camelCase: `match.ip.saddr('@blocked')`, `match.th.dport(53)`. */
    ...headerMatches,
    /** Metadata of the packet, by the names of NFT_META_*: `match.meta.cpu(0)`. nft(8), META EXPRESSIONS */
    meta: metaMatches,
    /** What is known of the packet's connection: `match.ct.mark(1)`. nft(8), CONNTRACK EXPRESSIONS */
    ct: ctMatches,
    /**
     * The name of the link that the packet came in by; `eth*` for all names with this prefix. The link need not exist.
     * nft(8), META EXPRESSIONS; NFT_META_IIFNAME
     */
    iifname: metaMatch('iifname'),
    /** The name of the link that the packet leaves by; as `iifname`. NFT_META_OIFNAME */
    oifname: metaMatch('oifname'),
    /** The index of the link that the packet came in by. NFT_META_IIF */
    iif: metaMatch('iif'),
    /** The index of the link that the packet leaves by. NFT_META_OIF */
    oif: metaMatch('oif'),
    /**
     * The packet's mark (fwmark), 32 bits: `match.mark(7)`, `match.mark('0x10-0x1f')`; some of its bits by
     * `match.mark('0x10/0xff')` or `match.mark(0x10, { mask: 0xff })`. NFT_META_MARK
     */
    mark: markMatch(() => metaSelector('mark'), 'mark'),
    /** The transport protocol, by name or number: `match.l4proto('tcp', 'udp')`. NFT_META_L4PROTO */
    l4proto: metaMatch('l4proto'),
    /** The network protocol, `ipv4` or `ipv6`, in a table of family `inet`. NFT_META_NFPROTO */
    nfproto: metaMatch('nfproto'),
    /** How the packet was addressed: `unicast`, `broadcast`, `multicast`, `other`. NFT_META_PKTTYPE */
    pkttype: metaMatch('pkttype'),
    /** The id of the user whose socket sent the packet. NFT_META_SKUID */
    skuid: metaMatch('skuid'),
    /** The id of the group whose socket sent the packet. NFT_META_SKGID */
    skgid: metaMatch('skgid'),
    /**
     * The source address: `match.saddr('10.0.0.0/8')`, `match.saddr('10.0.0.1-10.0.0.9')`, `match.saddr('@blocked')`. All
     * are IPv4 or all are IPv6. nft(8), PAYLOAD EXPRESSIONS
     */
    saddr: addressMatch('saddr'),
    /** The destination address; as `saddr`. */
    daddr: addressMatch('daddr'),
    /** The source port: `match.sport('udp', 53)`. nft(8), PAYLOAD EXPRESSIONS */
    sport: portMatch('sport'),
    /** The destination port: `match.dport('tcp', 80, 443, '8000-8999')`. */
    dport: portMatch('dport'),
    /** The type of an ICMP message, by nft(8)'s name or by number: `match.icmpType('echo-request')`. */
    icmpType: fieldMatch(() => headerSelector('icmp', 'type'), 'icmpType'),
    /** The type of an ICMPv6 message, by nft(8)'s name or by number: `match.icmpv6Type('nd-neighbor-solicit')`. */
    icmpv6Type: fieldMatch(() => headerSelector('icmpv6', 'type'), 'icmpv6Type'),
    /**
     * The state of the packet's connection: any of `new`, `established`, `related`, `invalid`, `untracked`. nft(8),
     * CONNTRACK EXPRESSIONS; NFT_CT_STATE
     */
    ctState: fieldMatch(() => ctSelector('state'), 'ctState'),
    /**
     * The status of the packet's connection: any of `dnat`, `snat`, `assured`, `seen-reply`, `confirmed`, `expected`,
     * `dying`. NFT_CT_STATUS
     */
    ctStatus: fieldMatch(() => ctSelector('status'), 'ctStatus'),
    /** The mark of the packet's connection, 32 bits; as `mark`. NFT_CT_MARK */
    ctMark: markMatch(() => ctSelector('mark'), 'ctMark'),
    /**
     * Several fields together, by nft(8)'s texts: `match.concat(['ip saddr', 'tcp dport'], ['10.0.0.1', 80])`, or by a set of
     * such keys: `match.concat(['ip saddr', 'tcp dport'], '@allowed')`. nft(8), SETS
     */
    concat:
      (
        fields: readonly NftFieldName[],
        ...keys: readonly (readonly NftValue[] | `@${string}`)[]
      ): NftRulePart =>
      (rule: NftRuleContext) => {
        const selectors = selectorsOf(fields, 'fields')
        const first = firstOf(keys as readonly NftKey[], 'keys')
        if (keys.length === 1 && isSetReference(first)) return lookUpNamed(selectors, first, 'keys', rule)
        return lookUpAnonymous(selectors, keys as readonly NftKey[], 'keys', rule)
      },
    /**
     * What the routing table says of the packet: `match.fib(['saddr', 'iif'], 'oif', 'missing')` for addresses that are not
     * behind the link that the packet came in by, `match.fib('daddr', 'type', 'local')`. nft(8), FIB EXPRESSIONS
     */
    fib:
      (flags: FibFlag | readonly FibFlag[], result: FibResult, ...values: readonly NftValue[]): NftRulePart =>
      () =>
        compareField(fibSelector(flags, result, values), values, 'fib'),
    /**
     * The local socket that the packet belongs to: `match.socket('transparent', 1)`, `match.socket('mark', 7)`. nft(8),
     * SOCKET EXPRESSION
     */
    socket:
      (key: SocketKeyName, ...values: readonly NftValue[]): NftRulePart =>
      () =>
        compareField(socketSelector(key), values, 'socket'),
    /** How the packet is routed: `match.rt('nexthop4', '192.0.2.1')`, `match.rt('classid', 7)`. nft(8), ROUTING EXPRESSIONS */
    rt:
      (key: RtKeyName, ...values: readonly NftValue[]): NftRulePart =>
      () =>
        compareField(rtSelector(key), values, 'rt'),
    /**
     * The opposite of a match: `match.not(match.iifname('lo'))`. Only its last comparison is inverted, so that
     * `match.not(match.dport('tcp', 22))` still requires TCP.
     */
    not: (part: NftRulePart): NftRulePart => {
      return (rule: NftRuleContext) => {
        const expressions = expressionsOf(part, rule, 'part')
        const last = expressions.pop()
        if (last === undefined) throw new ArgumentError('part', part, 'a match')
        return [...expressions, inverted(last)]
      }
    },
  },
  { not: 1 },
)
