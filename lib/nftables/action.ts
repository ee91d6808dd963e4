import { type NftExpressionInput, nftRegister } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { assertInteger, assertKnownKeys } from '../options.js'
import { assertName } from './assert-spec.js'
import { assertNoArguments, registerBuilders } from './builders.js'
import { isSetReference, lookUpNamed } from './comparison.js'
import type { NftValue } from './datatype.js'
import { dup, fwd, queue, synproxy, tproxy } from './deliveries.js'
import { changeSet, type SetUpdateOptions } from './dynamic-sets.js'
import type { NftElement } from './elements.js'
import { countPackets } from './expressions/counter.js'
import { ctKeys, setCt } from './expressions/ct.js'
import { WORK_REGISTER } from './expressions/expression.js'
import { type LimitOptions, limitRate } from './expressions/limit.js'
import type { LogLevel } from './expressions/log.js'
import { lookUp } from './expressions/lookup.js'
import { masquerade } from './expressions/masq.js'
import { metaKeys, setMeta } from './expressions/meta.js'
import { type NatOptions, translate } from './expressions/nat.js'
import { exemptFromTracking } from './expressions/notrack.js'
import { redirect } from './expressions/redir.js'
import { type RejectReason, rejectReasons, rejectWith, rejectWithReset } from './expressions/reject.js'
import type { headers } from './headers.js'
import { keysOf } from './keys.js'
import { parseTarget } from './nat-target.js'
import { quotaData } from './object-data.js'
import { isReference, objectReference } from './object-reference.js'
import {
  ctSelector,
  loadField,
  loadKey,
  metaSelector,
  type NftFieldName,
  selectorsOf,
  transportIs,
} from './selector.js'
import { setHeaderField, splitFieldName } from './set-field.js'
import type { NftObjectType } from './set-shape.js'
import { loadSource, type NftMapping, type NftSource } from './sources.js'
import type { NftRuleContext, NftRulePart, QuotaOptions } from './spec.js'
import { unknownName } from './unknown-name.js'
import { type NftVerdict, verdictExpression } from './verdict.js'

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

/** An action that takes nothing. */
const constant =
  (name: string, expression: NftExpressionInput) =>
  (...nothing: readonly never[]): NftRulePart =>
  () => {
    assertNoArguments(nothing, `action.${name}`)
    return expression
  }

/** A jump into a chain. */
const jumpTo =
  (verdict: 'jump' | 'goto') =>
  (chain: string): NftRulePart =>
  () => {
    assertName(chain, 'chain', 'the name of a chain')
    return verdictExpression({ [verdict]: chain } as NftVerdict)
  }

const reference =
  (type: NftObjectType) =>
  (object: string | NftMapping): NftRulePart =>
  (rule) =>
    objectReference(type, object, rule)

const translation =
  (type: 'snat' | 'dnat') =>
  (to: string, options: NatOptions = {}): NftRulePart =>
  (rule: NftRuleContext) => {
    assertKnownKeys(options, natKeys, 'options')
    const target = parseTarget(to, 'to')
    if (target.family !== undefined) rule.allows('network', target.family)
    return translate(type, target, options.flags, rule.family)
  }

/** Sets a meta key from a source. */
const metaSetter =
  (key: 'mark' | 'priority', argument: string) =>
  (source: NftSource): NftRulePart =>
  (rule) => [loadSource(metaKeys[key].type, source, WORK_REGISTER, argument, rule), setMeta(key)]

const setCtMark =
  (source: NftSource): NftRulePart =>
  (rule) => [loadSource(ctKeys.mark.type, source, WORK_REGISTER, 'mark', rule), setCt('mark')]

type HeaderTable = typeof headers

/** A field of a header by nft(8)'s text: `ip ttl`. */
export type NftHeaderFieldName = {
  [H in keyof HeaderTable]: `${H} ${keyof HeaderTable[H]['fields'] & string}`
}[keyof HeaderTable]

/**
 * The parts of a rule that do something with the packets that match. All are functions: `action.accept()`. Nothing is
 * checked before the rule is built: what is invalid rejects `addRule`, with an {@link ArgumentError}. nft(8), STATEMENTS
 */
export const action = registerBuilders(
  'action',
  {
    /** Lets the packet pass; later chains of the same hook (with a higher priority number) still see it. */
    accept: constant('accept', verdictExpression('accept')),
    /** Drops the packet. */
    drop: constant('drop', verdictExpression('drop')),
    /** Continues with the next rule. */
    continue: constant('continue', verdictExpression('continue')),
    /** Returns to the calling chain; from a base chain, to its policy. */
    return: constant('return', verdictExpression('return')),
    /** Continues in another chain of the table, then continues after this rule. */
    jump: jumpTo('jump'),
    /** Continues in another chain of the table, and does not come back. */
    goto: jumpTo('goto'),
    /**
     * Does what a map says: `action.vmap('tcp dport', [{ key: 22, data: 'accept' }, { key: '80-90', data: 'drop' }])`,
     * `action.vmap(['ip saddr', 'tcp dport'], '@verdicts')`. nft(8), VERDICT MAP STATEMENT
     */
    vmap:
      (
        fields: NftFieldName | readonly NftFieldName[],
        map: `@${string}` | readonly NftElement[],
      ): NftRulePart =>
      (rule) => {
        const selectors = selectorsOf(fields, 'fields')
        if (!isSetReference(map)) {
          const set = rule.anonymousSet(selectors, map, 'map', { kind: 'verdict' })
          return [loadKey(selectors, set.interval, 'fields'), lookUp(set, nftRegister.verdict)]
        }
        const kind = rule.set(map.slice(1))?.data?.kind
        if (kind !== undefined && kind !== 'verdict') throw new ArgumentError('map', map, 'a map to verdicts')
        return lookUpNamed(selectors, map, 'map', rule, nftRegister.verdict)
      },
    /**
     * Counts packets and bytes; the listed rule has the numbers. With a name it counts in that object, which
     * `addObject({ type: 'counter', … })` adds. nft(8), COUNTER STATEMENT
     */
    counter:
      (object?: string | NftMapping): NftRulePart =>
      (rule) =>
        object === undefined ? countPackets : objectReference('counter', object, rule),
    /** Exempts the packet from connection tracking; in chains of priority `raw` or lower. nft(8), NOTRACK STATEMENT */
    notrack: constant('notrack', exemptFromTracking),
    /**
     * Matches up to a rate, or above it with `over`: `action.limit({ rate: 10, per: 'second', burst: 20 })`; a named limit
     * by its name. nft(8), LIMIT STATEMENT
     */
    limit:
      (limit: LimitOptions | string | NftMapping): NftRulePart =>
      (rule) =>
        isReference(limit) ? objectReference('limit', limit, rule) : limitRate(limit),
    /**
     * Matches until so many bytes were seen, or from then on with `over`: `action.quota({ bytes: 1024 ** 2, over: true })`;
     * a named quota by its name. nft(8), QUOTA STATEMENT
     */
    quota:
      (quota: QuotaOptions | string | NftMapping): NftRulePart =>
      (rule) =>
        isReference(quota)
          ? objectReference('quota', quota, rule)
          : { name: 'quota', data: quotaData(quota, 'options') },
    /**
     * Logs the packet to the kernel's log, or sends it to an nfnetlink_log group.
     * nft(8), LOG STATEMENT
     */
    log:
      (options: LogOptions = {}): NftRulePart =>
      () => {
        assertKnownKeys(options, logKeys, 'options')
        const { prefix, level, group, snaplen } = options
        if (group !== undefined) assertInteger('group', group, 0, 0xffff)
        if (snaplen !== undefined) assertInteger('snaplen', snaplen, 0, 0xffffffff, 'bytes')
        if (snaplen !== undefined && group === undefined) {
          const message = "snaplen is only for a group: the kernel's log has no packets"
          throw new ArgumentError('snaplen', snaplen, 'given with a group', message)
        }
        if (level !== undefined && group !== undefined) {
          const message = "level is only for the kernel's log: a group has none"
          throw new ArgumentError('level', level, 'given without a group', message)
        }
        return { name: 'log', data: { prefix, level, group, snaplen } }
      },
    /**
     * Drops the packet and notifies its sender: with an ICMP or ICMPv6 error, `port-unreachable` by default, or a TCP
     * reset. nft(8), REJECT STATEMENT
     */
    reject:
      (how: 'tcp-reset' | RejectReason = 'port-unreachable'): NftRulePart =>
      ({ family }: NftRuleContext) => {
        if (how === 'tcp-reset') return [transportIs('tcp'), rejectWithReset]
        if (!rejectReasons.includes(how)) {
          throw unknownName('how', how, ['tcp-reset', ...rejectReasons])
        }
        return rejectWith(family, how)
      },
    /**
     * Source NAT to the address of the link that the packet leaves by, in `postrouting` chains of type `nat`.
     * nft(8), NAT STATEMENTS
     */
    masquerade:
      (options: MasqueradeOptions = {}): NftRulePart =>
      () => {
        assertKnownKeys(options, masqueradeKeys, 'options')
        return masquerade(options.ports, options.flags)
      },
    /**
     * Source NAT to an address, a port or ranges of them, in `postrouting` and `input` chains of type `nat`:
     * `action.snat('192.0.2.1')`, `action.snat('192.0.2.1-192.0.2.9:1024-65535')`. nft(8), NAT STATEMENTS
     */
    snat: translation('snat'),
    /**
     * Destination NAT to an address, a port or ranges of them, in `prerouting` and `output` chains of type `nat`:
     * `action.dnat('10.1.1.2:80')`, `action.dnat('[2001:db8::2]:80')`. nft(8), NAT STATEMENTS
     */
    dnat: translation('dnat'),
    /**
     * Destination NAT to the local host, to the original port or to others (`8080`, `'8080-8089'`), in `prerouting` and
     * `output` chains of type `nat`. nft(8), NAT STATEMENTS
     */
    redirect:
      (ports?: NftValue, options: NatOptions = {}): NftRulePart =>
      () => {
        assertKnownKeys(options, natKeys, 'options')
        return redirect(ports, options.flags)
      },
    /**
     * Sets the packet's mark, 32 bits: to a value, to a field (`action.setMark('ct mark')`), or to what a map gives:
     * `action.setMark({ key: 'ip saddr', map: '@marks' })`. nft(8), META STATEMENT
     */
    setMark: metaSetter('mark', 'mark'),
    /** Sets the mark of the packet's connection, 32 bits; as `setMark`. nft(8), CONNTRACK STATEMENT */
    setCtMark,
    /** Keeps the packet's mark as that of its connection. */
    saveMark:
      (...nothing: readonly never[]): NftRulePart =>
      () => {
        assertNoArguments(nothing, 'action.saveMark')
        return [loadField(metaSelector('mark'), false), setCt('mark')]
      },
    /** Gives the packet the mark of its connection. */
    restoreMark:
      (...nothing: readonly never[]): NftRulePart =>
      () => {
        assertNoArguments(nothing, 'action.restoreMark')
        return [loadField(ctSelector('mark'), false), setMeta('mark')]
      },
    /** Sets the packet's priority, a class of traffic control; as `setMark`. nft(8), META STATEMENT */
    setPriority: metaSetter('priority', 'priority'),
    /**
     * Changes a field of a header, and the checksum with it: `action.setField('ip ttl', 64)`,
     * `action.setField('ip dscp', 'cs1')`. nft(8), PAYLOAD STATEMENT
     */
    setField:
      (field: NftHeaderFieldName, value: NftValue): NftRulePart =>
      () => {
        const [header, name] = splitFieldName(field)
        return setHeaderField(header, name, value)
      },
    /**
     * Adds what the fields of the packet make to a set with `dynamic: true`, or renews its timeout:
     * `action.updateSet('@seen', 'ip saddr', { timeout: 60_000, limit: { rate: 10, per: 'second' } })`. nft(8), SET STATEMENT
     */
    updateSet: (
      set: `@${string}`,
      key: NftFieldName | readonly NftFieldName[],
      options: SetUpdateOptions = {},
    ): NftRulePart => changeSet('update', set, key, options),
    /** Adds it unless it is there. As `updateSet`. */
    addToSet: (
      set: `@${string}`,
      key: NftFieldName | readonly NftFieldName[],
      options: SetUpdateOptions = {},
    ): NftRulePart => changeSet('add', set, key, options),
    /** Deletes it from the set. */
    deleteFromSet: (set: `@${string}`, key: NftFieldName | readonly NftFieldName[]): NftRulePart =>
      changeSet('delete', set, key, {}),
    /** Hands the packet's connection to a flowtable, in `forward` chains. nft(8), FLOWTABLES */
    flow:
      (flowtable: string): NftRulePart =>
      () => {
        const name = typeof flowtable === 'string' ? flowtable.replace(/^@/, '') : flowtable
        assertName(name, 'flowtable', 'the name of a flowtable')
        return { name: 'flow_offload', data: { tableName: name } }
      },
    /**
     * Hands the packet to a local socket that listens transparently, without changing it; the rule has to match the
     * transport protocol first: `action.tproxy('127.0.0.1:3128')`, `action.tproxy(':3128')`. nft(8), TPROXY STATEMENT
     */
    tproxy,
    /**
     * Answers TCP handshakes in place of the server, with its options or with those of a named object. nft(8), SYNPROXY
     * STATEMENT
     */
    synproxy,
    /** Hands the packet to a program, which decides about it (nfnetlink_queue). nft(8), QUEUE STATEMENT */
    queue,
    /** Sends a copy of the packet to another host, or out by a link. nft(8), DUP STATEMENT */
    dup,
    /** Sends the packet out by the link with this index, in tables of family `netdev`. nft(8), FWD STATEMENT */
    fwd,
    /** Assigns a helper (`addObject({ type: 'ctHelper', … })`) to the packet's connection. nft(8), CT HELPER */
    ctHelper: reference('ctHelper'),
    /** Assigns timeouts (`addObject({ type: 'ctTimeout', … })`) to the packet's connection. nft(8), CT TIMEOUT */
    ctTimeout: reference('ctTimeout'),
    /** Expects a connection (`addObject({ type: 'ctExpectation', … })`). nft(8), CT EXPECTATION */
    ctExpectation: reference('ctExpectation'),
  },
  {
    ...{ jump: 1, goto: 1, vmap: 2, counter: 1, limit: 1, quota: 1, log: 1, reject: 1, masquerade: 1 },
    ...{ snat: 2, dnat: 2, redirect: 2, setMark: 1, setCtMark: 1, setPriority: 1, setField: 2 },
    ...{
      updateSet: 3,
      addToSet: 3,
      deleteFromSet: 2,
      flow: 1,
      tproxy: 1,
      synproxy: 1,
      queue: 1,
      dup: 1,
      fwd: 1,
    },
    ...{ ctHelper: 1, ctTimeout: 1, ctExpectation: 1 },
  },
)
