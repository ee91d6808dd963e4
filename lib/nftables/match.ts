import type { NftExpressionInput } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { compareAny, firstOf, inverted } from './comparison.js'
import type { NftValue } from './datatype.js'
import { maskBits } from './expressions/bitwise.js'
import { compare } from './expressions/cmp.js'
import { ctKeys, loadCt } from './expressions/ct.js'
import { loadMeta, type MetaKeyName, metaKeys } from './expressions/meta.js'
import { loadPayload } from './expressions/payload.js'
import { headers, type PortProtocol, portProtocols } from './headers.js'
import { expressionsOf } from './parts.js'
import type { NftRuleContext, NftRulePart } from './spec.js'
import { unknownName } from './unknown-name.js'
import { bitsOf } from './values.js'

/** Loads a meta key and compares it. */
const metaMatch =
  (key: MetaKeyName) =>
  (...values: readonly NftValue[]): NftRulePart => [
    loadMeta(key),
    compareAny(metaKeys[key].type, values, key),
  ]

/** Matches one value of a meta key. */
const metaIs = (key: MetaKeyName, value: string, argument: string = key): readonly NftExpressionInput[] => [
  loadMeta(key),
  compare('eq', metaKeys[key].type.parse(value, argument)),
]

/** Limits a rule to one network protocol, if its table sees others. */
function networkIs(protocol: 'ip' | 'ip6'): NftRulePart {
  return ({ family }: NftRuleContext) => {
    if (family === protocol) return []
    const version = protocol === 'ip' ? 4 : 6
    if (family === 'ip' || family === 'ip6' || family === 'arp') {
      const message = `an IPv${version} match cannot be in a table of family ${family}, which sees no IPv${version}`
      throw new ArgumentError(
        'expressions',
        `an IPv${version} match`,
        `matches for family ${family}`,
        message,
      )
    }
    return family === 'inet' ? metaIs('nfproto', `ipv${version}`) : metaIs('protocol', protocol)
  }
}

/** Compares an address of the IPv4 or the IPv6 header, depending on the values. */
function addressMatch(field: 'saddr' | 'daddr') {
  const load = (protocol: 'ip' | 'ip6', values: readonly string[]): NftRulePart => {
    const { base, fields } = headers[protocol]
    return [
      networkIs(protocol),
      loadPayload(base, fields[field]),
      compareAny(fields[field].type, values, field),
    ]
  }
  return (...values: readonly string[]): NftRulePart => {
    firstOf(values, field)
    const address = values.find((value) => !String(value).startsWith('@'))
    if (address !== undefined) return load(String(address).includes(':') ? 'ip6' : 'ip', values)
    return ({ family }: NftRuleContext) => {
      if (family === 'ip' || family === 'ip6') return [load(family, values)]
      const message = `${field} cannot be ${values.join(', ')} in a table of family ${family}: the address family of a named set cannot be inferred in family ${family}`
      throw new ArgumentError(field, values, 'an address, or a set in a table of family ip or ip6', message)
    }
  }
}

function portMatch(field: 'sport' | 'dport') {
  return (protocol: PortProtocol, ...ports: readonly NftValue[]): NftRulePart => {
    if (!portProtocols.includes(protocol)) {
      throw unknownName('protocol', protocol, portProtocols, { where: 'in a match of ports' })
    }
    const { base, fields } = headers.th
    return [
      metaIs('l4proto', protocol, 'protocol'),
      loadPayload(base, fields[field]),
      compareAny(fields[field].type, ports, field),
    ]
  }
}

function icmpMatch(header: 'icmp' | 'icmpv6', argument: string) {
  const { base, protocol, fields } = headers[header]
  return (...types: readonly NftValue[]): NftRulePart => [
    metaIs('l4proto', protocol),
    loadPayload(base, fields.type),
    compareAny(fields.type.type, types, argument),
  ]
}

/** Matches where any of the named bits is set. */
function ctBitsMatch(key: 'state' | 'status', argument: string) {
  return (...names: readonly string[]): NftRulePart => {
    firstOf(names, argument)
    const mask = bitsOf(ctKeys[key].type, names, argument)
    return [loadCt(key), maskBits(mask), compare('neq', new Uint8Array(mask.length))]
  }
}

/**
 * The parts of a rule that select packets. Each takes one or more values and matches if any of them does: a value by
 * its name or number, a prefix (`10.0.0.0/8`), a range (`1024-65535`), or a named set (`@blocked`). Several values
 * become an anonymous set. Ranges need values in network byte order: addresses, ports, protocols, ICMP types.
 *
 * All throw {@link ArgumentError} for a value that is not of the key's data type. nft(8), DATA TYPES
 */
export const match = {
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
  /** The packet's mark (fwmark), 32 bits: `match.mark(7)`, `match.mark('0x10')`. NFT_META_MARK */
  mark: metaMatch('mark'),
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
   * are IPv4 or all are IPv6; a set is of the table's family, which must be `ip` or `ip6`. nft(8), PAYLOAD EXPRESSIONS
   */
  saddr: addressMatch('saddr'),
  /** The destination address; as `saddr`. */
  daddr: addressMatch('daddr'),
  /** The source port: `match.sport('udp', 53)`. nft(8), PAYLOAD EXPRESSIONS */
  sport: portMatch('sport'),
  /** The destination port: `match.dport('tcp', 80, 443, '8000-8999')`. */
  dport: portMatch('dport'),
  /** The type of an ICMP message, by nft(8)'s name or by number: `match.icmpType('echo-request')`. */
  icmpType: icmpMatch('icmp', 'icmpType'),
  /** The type of an ICMPv6 message, by nft(8)'s name or by number: `match.icmpv6Type('nd-neighbor-solicit')`. */
  icmpv6Type: icmpMatch('icmpv6', 'icmpv6Type'),
  /**
   * The state of the packet's connection: any of `new`, `established`, `related`, `invalid`, `untracked`. Takes no
   * sets. nft(8), CONNTRACK EXPRESSIONS; NFT_CT_STATE
   */
  ctState: ctBitsMatch('state', 'ctState'),
  /**
   * The status of the packet's connection: any of `dnat`, `snat`, `assured`, `seen-reply`, `confirmed`, `expected`,
   * `dying`. Takes no sets. NFT_CT_STATUS
   */
  ctStatus: ctBitsMatch('status', 'ctStatus'),
  /** The mark of the packet's connection, 32 bits. NFT_CT_MARK */
  ctMark: (...values: readonly NftValue[]): NftRulePart => [
    loadCt('mark'),
    compareAny(ctKeys.mark.type, values, 'ctMark'),
  ],
  /**
   * The opposite of a match: `match.not(match.iifname('lo'))`. Only its last comparison is inverted, so that
   * `match.not(match.dport('tcp', 22))` still requires TCP.
   * @throws {@link ArgumentError} when the part does not end with a comparison
   */
  not: (part: NftRulePart): NftRulePart => {
    return (rule: NftRuleContext) => {
      const expressions = expressionsOf(part, rule)
      const last = expressions.pop()
      if (last === undefined) throw new ArgumentError('part', part, 'a match')
      return [...expressions, inverted(last)]
    }
  },
} as const
