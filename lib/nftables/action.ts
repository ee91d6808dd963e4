import { assertKnownKeys } from '../options.js'
import type { NftValue } from './datatype.js'
import { countPackets } from './expressions/counter.js'
import { ctKeys, setCt } from './expressions/ct.js'
import { WORK_REGISTER } from './expressions/expression.js'
import { loadConstant } from './expressions/immediate.js'
import { type LimitOptions, limitRate } from './expressions/limit.js'
import type { LogLevel } from './expressions/log.js'
import { masquerade } from './expressions/masq.js'
import { metaKeys, setMeta } from './expressions/meta.js'
import { type NatOptions, translate } from './expressions/nat.js'
import { exemptFromTracking } from './expressions/notrack.js'
import { redirect } from './expressions/redir.js'
import { type RejectReason, rejectReasons, rejectWith, rejectWithReset } from './expressions/reject.js'
import { match } from './match.js'
import { parseTarget } from './nat-target.js'
import { keysOf, type NftRuleContext, type NftRulePart } from './spec.js'
import { unknownName } from './unknown-name.js'
import { verdictExpression } from './verdict.js'

/** Options of `log`. nft(8), LOG STATEMENT */
export interface LogOptions {
  /** Text in front of the message, at most 127 bytes. */
  readonly prefix?: string | undefined
  /** Log level; `warn` by default. */
  readonly level?: LogLevel | undefined
  /** The nfnetlink_log group that gets the packet, in place of the kernel's log. */
  readonly group?: number | undefined
  /** How much of the packet the group gets, bytes; all of it by default. */
  readonly snaplen?: number | undefined
}

/** Options of `masquerade`. nft(8), NAT STATEMENTS */
export interface MasqueradeOptions extends NatOptions {
  /** The source ports to choose from, a port or a range: `1024-65535`. */
  readonly ports?: NftValue | undefined
}

const logKeys = keysOf<LogOptions>({ prefix: true, level: true, group: true, snaplen: true })
const natKeys = keysOf<NatOptions>({ flags: true })
const masqueradeKeys = keysOf<MasqueradeOptions>({ flags: true, ports: true })

const translation = (type: 'snat' | 'dnat') => {
  return (to: string, options: NatOptions = {}): NftRulePart => {
    assertKnownKeys(options, natKeys, 'options')
    const target = parseTarget(to, 'to')
    return ({ family }: NftRuleContext) => translate(type, target, options.flags, family)
  }
}

/**
 * The parts of a rule that do something with the packets that match. All throw {@link ArgumentError} for invalid
 * arguments. nft(8), STATEMENTS
 */
export const action = {
  /** Lets the packet pass; later chains of the same hook (with a higher priority number) still see it. */
  accept: verdictExpression('accept'),
  /** Drops the packet. */
  drop: verdictExpression('drop'),
  /** Continues with the next rule. */
  continue: verdictExpression('continue'),
  /** Returns to the calling chain; from a base chain, to its policy. */
  return: verdictExpression('return'),
  /** Continues in another chain of the table, then continues after this rule. */
  jump: (chain: string): NftRulePart => verdictExpression({ jump: chain }),
  /** Continues in another chain of the table, and does not come back. */
  goto: (chain: string): NftRulePart => verdictExpression({ goto: chain }),
  /** Counts packets and bytes; the listed rule has the numbers. nft(8), COUNTER STATEMENT */
  counter: countPackets,
  /** Exempts the packet from connection tracking; in chains of priority `raw` or lower. nft(8), NOTRACK STATEMENT */
  notrack: exemptFromTracking,
  /**
   * Matches up to a rate, or above it with `over`: `action.limit({ rate: 10, per: 'second', burst: 20 })`.
   * nft(8), LIMIT STATEMENT
   * @throws {@link ArgumentError} when `rate`, `per` or `unit` is invalid
   */
  limit: (options: LimitOptions): NftRulePart => limitRate(options),
  /**
   * Logs the packet to the kernel's log, or sends it to an nfnetlink_log group.
   * nft(8), LOG STATEMENT
   */
  log: (options: LogOptions = {}): NftRulePart => {
    assertKnownKeys(options, logKeys, 'options')
    const { prefix, level, group, snaplen } = options
    return { name: 'log', data: { prefix, level, group, snaplen } }
  },
  /**
   * Drops the packet and notifies its sender: with an ICMP or ICMPv6 error, `port-unreachable` by default, or a TCP
   * reset. nft(8), REJECT STATEMENT
   * @throws {@link ArgumentError} when the reason is unknown
   */
  reject: (how: 'tcp-reset' | RejectReason = 'port-unreachable'): NftRulePart => {
    if (how === 'tcp-reset') return [match.l4proto('tcp'), rejectWithReset]
    if (!rejectReasons.includes(how)) {
      throw unknownName('how', how, ['tcp-reset', ...rejectReasons])
    }
    return ({ family }: NftRuleContext) => [rejectWith(family, how)]
  },
  /**
   * Source NAT to the address of the link that the packet leaves by, in `postrouting` chains of type `nat`.
   * nft(8), NAT STATEMENTS
   */
  masquerade: (options: MasqueradeOptions = {}): NftRulePart => {
    assertKnownKeys(options, masqueradeKeys, 'options')
    return masquerade(options.ports, options.flags)
  },
  /**
   * Source NAT to an address, a port or ranges of them, in `postrouting` and `input` chains of type `nat`:
   * `action.snat('192.0.2.1')`, `action.snat('192.0.2.1-192.0.2.9:1024-65535')`. nft(8), NAT STATEMENTS
   * @throws {@link ArgumentError} when the target is invalid or not of the table's family
   */
  snat: translation('snat'),
  /**
   * Destination NAT to an address, a port or ranges of them, in `prerouting` and `output` chains of type `nat`:
   * `action.dnat('10.1.1.2:80')`, `action.dnat('[2001:db8::2]:80')`. nft(8), NAT STATEMENTS
   * @throws {@link ArgumentError} when the target is invalid or not of the table's family
   */
  dnat: translation('dnat'),
  /**
   * Destination NAT to the local host, to the original port or to others (`8080`, `'8080-8089'`), in `prerouting` and
   * `output` chains of type `nat`. nft(8), NAT STATEMENTS
   */
  redirect: (ports?: NftValue, options: NatOptions = {}): NftRulePart => {
    assertKnownKeys(options, natKeys, 'options')
    return redirect(ports, options.flags)
  },
  /** Sets the packet's mark, 32 bits. nft(8), META STATEMENT */
  setMark: (mark: NftValue): NftRulePart => [
    loadConstant(WORK_REGISTER, metaKeys.mark.type.parse(mark, 'mark')),
    setMeta('mark'),
  ],
  /** Sets the mark of the packet's connection, 32 bits. nft(8), CONNTRACK STATEMENT */
  setCtMark: (mark: NftValue): NftRulePart => [
    loadConstant(WORK_REGISTER, ctKeys.mark.type.parse(mark, 'mark')),
    setCt('mark'),
  ],
} as const
