import { type NftExpression, nftRegister } from '../../../protocol/index.js'
import type { NftChain, NftRule, NftTableListing } from '../../nftables/listing.js'
import { findElement } from './lookup.js'
import {
  type Bits,
  ctBits,
  knownBits,
  metaBits,
  type Packet,
  payloadBits,
  unknownBits,
  varyingBits,
} from './packet.js'
import { compare, equals, masked, Registers, reversed } from './registers.js'
import { evaluateMatch, evaluateTarget, MARKING } from './xtables.js'

/** What a chain does with a packet. */
export interface Outcome {
  readonly verdict: 'accept' | 'drop'
  /** The rule that decides; undefined for the policy. */
  readonly rule?: NftRule | undefined
  /** Whether it holds whatever is not known. */
  readonly isCertain: boolean
}

type Listed = NftChain & { readonly rules: readonly NftRule[] }
interface Verdict {
  readonly code: string | number | undefined
  readonly chain?: string | undefined
}
/**
 * `no`: the rule does not match. `unknown`: whether it matches depends on what is not known. `some`: it matches some of
 * the packets, such as those to a port.
 */
export type Step = 'next' | 'no' | 'unknown' | 'some' | Verdict
/** How certain it is that a packet gets to a rule. */
type Certainty = 'certain' | 'unknown' | 'some'

const both = (a: Certainty, b: Certainty): Certainty =>
  a === 'some' || b === 'some' ? 'some' : a === 'unknown' || b === 'unknown' ? 'unknown' : 'certain'

/** The kernel's own limit is less. include/net/netfilter/nf_tables.h: NFT_JUMP_STACK_SIZE */
const DEPTH_MAX = 16

/** The marks of the packet and of its connection. */
type Marks = Record<'meta' | 'ct', Bits>

const UNMARKED = knownBits(new Uint8Array(4))
const ANY_MARK = unknownBits(4)

/**
 * Evaluates a base chain for a packet. A drop behind a condition that is not known is possible, and a drop behind a
 * possible accept is not certain. A drop of some packets is none of the uplink.
 */
export function evaluateChain(table: NftTableListing, base: Listed, packet: Packet): Outcome {
  let maybePassed = false
  let possible: NftRule | undefined
  // Nothing else marks the packets of an uplink; an earlier packet may have had its connection marked.
  const isConnectionMarked = !packet.isFirst && table.chains.some(({ rules }) => rules.some(marksConnection))
  const marks: Marks = { meta: UNMARKED, ct: isConnectionMarked ? ANY_MARK : UNMARKED }
  const walk = (chain: Listed, depth: number, reached: Certainty): Omit<Outcome, 'isCertain'> | undefined => {
    for (const rule of chain.rules) {
      const { certainty, verdicts } = evaluateRule(table, rule, packet, marks, reached)
      for (const { code, chain: target } of verdicts) {
        const isAccepted = code === 'accept' || code === 'queue' || code === 'stolen'
        if (certainty === 'certain') {
          if (code === 'drop') return { verdict: 'drop', rule }
          // A queue's program decides; nothing is known against it.
          if (isAccepted) return { verdict: 'accept', rule }
          if (code === 'return') return undefined
        } else {
          if (code === 'drop' && certainty === 'unknown') possible ??= rule
          // What leaves the chain is not seen by the rules that follow.
          if (isAccepted || code === 'return' || code === 'goto') maybePassed = true
        }
        if (code !== 'jump' && code !== 'goto') continue
        const next = table.chains.find(({ name }) => name === target)
        const result = next === undefined || depth >= DEPTH_MAX ? undefined : walk(next, depth + 1, certainty)
        if (certainty !== 'certain') {
          if (result?.verdict === 'accept') maybePassed = true
          continue
        }
        if (result !== undefined) return result
        if (code === 'goto') return undefined
      }
    }
    return undefined
  }
  const decided = walk(base, 0, 'certain') ?? { verdict: base.policy === 'drop' ? 'drop' : 'accept' }
  if (decided.verdict === 'accept' && possible !== undefined)
    return { verdict: 'drop', rule: possible, isCertain: false }
  return { ...decided, isCertain: !maybePassed }
}

/**
 * What a rule may do with a packet.
 * @param reached how certain it is that the packet gets to the rule
 */
function evaluateRule(
  table: NftTableListing,
  rule: NftRule,
  packet: Packet,
  marks: Marks,
  reached: Certainty,
): { readonly certainty: Certainty; readonly verdicts: readonly Verdict[] } {
  const registers = new Registers()
  let certainty = reached
  for (const expression of rule.expressions) {
    const step = evaluate(expression, registers, table, packet, marks)
    if (step === 'no') return { certainty, verdicts: [] }
    if (step === 'next') {
      setMarks(expression, registers, marks, certainty)
      continue
    }
    if (typeof step === 'object') return { certainty, verdicts: [step] }
    certainty = both(certainty, step)
    const verdicts = verdictsOf(expression, table)
    if (verdicts.length > 0) return { certainty, verdicts }
  }
  return { certainty, verdicts: [] }
}

/** The verdicts of a verdict map, or those that an extension of iptables may have. */
function verdictsOf({ name, data }: NftExpression, table: NftTableListing): readonly Verdict[] {
  if (name === 'target') return [{ code: 'accept' }, { code: 'drop' }]
  if (name !== 'lookup' || data?.dreg !== nftRegister.verdict) return []
  const elements = table.sets.find((set) => set.name === data.set)?.elements ?? []
  return elements.flatMap(({ data: value }) => (value?.verdict ? [value.verdict as Verdict] : []))
}

const marksConnection = ({ expressions }: NftRule) =>
  expressions.some(
    ({ name, data }) =>
      (name === 'ct' && data?.sreg !== undefined && data.key === 'mark') ||
      (name === 'target' && MARKING.includes(data?.name ?? '')),
  )

/** Follows what sets a mark; a mark that is set for some packets is not known. */
function setMarks({ name, data }: NftExpression, registers: Registers, marks: Marks, certainty: Certainty) {
  if (name === 'target' && MARKING.includes(data?.name ?? '')) {
    marks.meta = ANY_MARK
    marks.ct = ANY_MARK
  } else if ((name === 'meta' || name === 'ct') && data?.sreg !== undefined && data.key === 'mark') {
    marks[name] = certainty === 'certain' ? registers.read(data.sreg, 4) : ANY_MARK
  }
}

/** Expressions that neither match nor decide. */
const NEUTRAL: readonly string[] = ['counter', 'log', 'notrack', 'last', 'dup', 'flow_offload']
/** Named objects that neither match nor decide. */
const NEUTRAL_OBJECTS: readonly unknown[] = [
  'counter',
  'ctHelper',
  'ctTimeout',
  'ctExpectation',
  'secmark',
  'tunnel',
]

/** Whether a condition on bits holds; where that is not known, whether it holds for some packets. */
const decide = (matches: boolean | undefined, { varies }: Bits): Step =>
  matches === undefined ? (varies ? 'some' : 'unknown') : matches ? 'next' : 'no'

/** The longest value that an expression loads into a register, bytes. */
const LOAD_MAX = 16

function evaluate(
  expression: NftExpression,
  registers: Registers,
  table: NftTableListing,
  packet: Packet,
  marks: Marks,
): Step {
  const { name, data } = expression
  switch (name) {
    case 'meta':
      if (data?.dreg !== undefined)
        registers.load(data.dreg, data.key === 'mark' ? marks.meta : metaBits(packet, String(data.key)))
      return 'next'
    case 'ct':
      if (data?.dreg !== undefined)
        registers.load(data.dreg, data.key === 'mark' ? marks.ct : ctBits(packet, String(data.key)))
      return 'next'
    case 'payload': {
      const { dreg, base, offset = 0, len = 0 } = data ?? {}
      if (dreg !== undefined) registers.load(dreg, payloadBits(packet, String(base), offset, len))
      return 'next'
    }
    case 'bitwise': {
      const { sreg, dreg, len = 0, op, mask, xor } = data ?? {}
      if (sreg === undefined || dreg === undefined) return 'unknown'
      const constant = op === undefined || op === 'maskXor' ? mask?.value : undefined
      const bits = registers.read(sreg, len)
      registers.load(
        dreg,
        constant === undefined
          ? { ...unknownBits(len), varies: bits.varies ?? false }
          : masked(bits, constant, xor?.value),
      )
      return 'next'
    }
    case 'byteorder': {
      const { sreg, dreg, len = 0, size = 0 } = data ?? {}
      if (sreg === undefined || dreg === undefined) return 'unknown'
      registers.load(dreg, reversed(registers.read(sreg, len), size))
      return 'next'
    }
    case 'cmp': {
      const { sreg, op, data: operand } = data ?? {}
      const value = operand?.value
      if (sreg === undefined || value === undefined) return 'unknown'
      const bits = registers.read(sreg, value.length)
      if (op === 'eq') return decide(equals(bits, value), bits)
      const equal = equals(bits, value)
      if (op === 'neq') return decide(equal === undefined ? undefined : !equal, bits)
      const order = compare(bits, value)
      if (order === undefined) return decide(undefined, bits)
      return decide({ lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[String(op)], bits)
    }
    case 'range': {
      const { sreg, op, fromData, toData } = data ?? {}
      if (sreg === undefined || fromData?.value === undefined || toData?.value === undefined) return 'unknown'
      const bits = registers.read(sreg, fromData.value.length)
      const [low, high] = [compare(bits, fromData.value), compare(bits, toData.value)]
      if (low === undefined || high === undefined) return decide(undefined, bits)
      return decide((low >= 0 && high <= 0) !== (op === 'neq'), bits)
    }
    case 'lookup': {
      const { set: setName, sreg, dreg, flags } = data ?? {}
      const set = table.sets.find((one) => one.name === setName)
      if (set === undefined || sreg === undefined) return 'unknown'
      const key = registers.read(sreg, set.keyLen ?? 0)
      const found = findElement(set, key)
      if (found === 'unknown') {
        if (dreg !== undefined && dreg !== nftRegister.verdict) registers.load(dreg, unknownBits(LOAD_MAX))
        return decide(undefined, key)
      }
      if (dreg === undefined)
        return decide((found !== undefined) !== (flags?.includes('invert') === true), key)
      if (found === undefined) return 'no'
      if (dreg === nftRegister.verdict)
        return found.data?.verdict ? (found.data.verdict as Verdict) : 'unknown'
      registers.load(dreg, found.data?.value ? knownBits(found.data.value) : unknownBits(LOAD_MAX))
      return 'next'
    }
    case 'immediate': {
      const { dreg, data: value } = data ?? {}
      if (value?.verdict) return value.verdict as Verdict
      if (dreg !== undefined && value?.value) registers.load(dreg, knownBits(value.value))
      return 'next'
    }
    case 'reject':
      return { code: 'drop' }
    case 'match':
      return evaluateMatch(data, packet)
    case 'target':
      return evaluateTarget(data)
    default:
      return evaluateOther(expression, registers)
  }
}

function evaluateOther(expression: NftExpression, registers: Registers): Step {
  const { name, data } = expression
  if (NEUTRAL.includes(String(name))) return 'next'
  if (name === 'queue') return { code: 'queue' }
  if (name === 'objref') return NEUTRAL_OBJECTS.includes(data?.immType) ? 'next' : 'unknown'
  // Adding to a set matches, unless a limit, a quota or a number of connections decides for the element.
  if (name === 'dynset') {
    const inner = [...(data?.expr === undefined ? [] : [data.expr]), ...(data?.expressions ?? [])]
    return inner.every((one) => NEUTRAL.includes(String(one.name))) ? 'next' : 'unknown'
  }
  // It changes or removes an option, or loads one.
  if (name === 'exthdr' && data?.dreg === undefined) return 'next'
  const { dreg } = (data ?? {}) as { readonly dreg?: number | undefined }
  if (dreg === undefined || dreg === nftRegister.verdict) return 'unknown'
  registers.load(dreg, name === 'exthdr' ? varyingBits(LOAD_MAX) : unknownBits(LOAD_MAX))
  return 'next'
}
