import { type NftExpression, nftRegister } from '../../../protocol/index.js'
import type { NftChain, NftRule, NftTableListing } from '../../nftables/listing.js'
import { findElement } from './lookup.js'
import { ctBits, knownBits, metaBits, type Packet, payloadBits, unknownBits } from './packet.js'
import { compare, equals, masked, Registers } from './registers.js'
import { evaluateMatch, evaluateTarget } from './xtables.js'

/** What a chain does with a packet. */
export interface Outcome {
  readonly verdict: 'accept' | 'drop'
  /** The rule that decides; undefined for the policy. */
  readonly rule?: NftRule | undefined
  /** Whether a rule that may match could have accepted the packet before. */
  readonly maybeAccepted: boolean
}

type Listed = NftChain & { readonly rules: readonly NftRule[] }
interface Verdict {
  readonly code: string | number | undefined
  readonly chain?: string | undefined
}
/** `no`: the rule does not match. `unknown`: whether it matches depends on what is not known of the packet. */
export type Step = 'next' | 'no' | 'unknown' | Verdict

/** The kernel's own limit is less. include/net/netfilter/nf_tables.h: NFT_JUMP_STACK_SIZE */
const DEPTH_MAX = 16

/**
 * Evaluates a base chain for a packet as far as its rules are certain: a rule counts only if it matches whatever is not
 * known of the packet.
 */
export function evaluateChain(table: NftTableListing, base: Listed, packet: Packet): Outcome {
  let maybeAccepted = false
  const walk = (chain: Listed, depth: number): Omit<Outcome, 'maybeAccepted'> | undefined => {
    for (const rule of chain.rules) {
      const verdict = evaluateRule(table, rule, packet)
      if (verdict === 'unknown') maybeAccepted ||= mayAccept(rule)
      if (verdict === 'unknown' || verdict === 'no' || verdict === 'next') continue
      const { code, chain: target } = verdict
      if (code === 'drop') return { verdict: 'drop', rule }
      // A queue's program decides; nothing is known against it.
      if (code === 'accept' || code === 'queue' || code === 'stolen') return { verdict: 'accept', rule }
      if (code === 'return') return undefined
      if (code !== 'jump' && code !== 'goto') continue
      const next = table.chains.find(({ name }) => name === target)
      const result = next === undefined || depth >= DEPTH_MAX ? undefined : walk(next, depth + 1)
      if (result !== undefined) return result
      if (code === 'goto') return undefined
    }
    return undefined
  }
  const decided = walk(base, 0) ?? { verdict: base.policy === 'drop' ? 'drop' : 'accept' }
  return { ...decided, maybeAccepted }
}

function evaluateRule(table: NftTableListing, rule: NftRule, packet: Packet): Step {
  const registers = new Registers()
  for (const expression of rule.expressions) {
    const step = evaluate(expression, registers, table, packet)
    if (step !== 'next') return step
  }
  return 'next'
}

/** Whether a rule has a verdict that is, or leads to, accept. */
const mayAccept = ({ expressions }: NftRule) =>
  expressions.some(
    ({ name, data }) =>
      name === 'lookup' ||
      name === 'target' ||
      (name === 'immediate' && data?.data?.verdict !== undefined && data.data.verdict.code !== 'drop'),
  )

const certainly = (matches: boolean | undefined): Step =>
  matches === undefined ? 'unknown' : matches ? 'next' : 'no'

/** Expressions that neither match nor decide. */
const NEUTRAL: readonly string[] = ['counter', 'log', 'notrack', 'last', 'dynset', 'dup', 'flow_offload']

/** The longest value that an expression loads into a register, bytes. */
const LOAD_MAX = 16

function evaluate(
  expression: NftExpression,
  registers: Registers,
  table: NftTableListing,
  packet: Packet,
): Step {
  const { name, data } = expression
  switch (name) {
    case 'meta':
      if (data?.dreg !== undefined) registers.load(data.dreg, metaBits(packet, String(data.key)))
      return 'next'
    case 'ct':
      if (data?.dreg !== undefined) registers.load(data.dreg, ctBits(packet, String(data.key)))
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
      registers.load(dreg, constant === undefined ? unknownBits(len) : masked(bits, constant, xor?.value))
      return 'next'
    }
    case 'cmp': {
      const { sreg, op, data: operand } = data ?? {}
      const value = operand?.value
      if (sreg === undefined || value === undefined) return 'unknown'
      const bits = registers.read(sreg, value.length)
      if (op === 'eq') return certainly(equals(bits, value))
      const equal = equals(bits, value)
      if (op === 'neq') return certainly(equal === undefined ? undefined : !equal)
      const order = compare(bits, value)
      if (order === undefined) return 'unknown'
      return certainly({ lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[String(op)])
    }
    case 'range': {
      const { sreg, op, fromData, toData } = data ?? {}
      if (sreg === undefined || fromData?.value === undefined || toData?.value === undefined) return 'unknown'
      const bits = registers.read(sreg, fromData.value.length)
      const [low, high] = [compare(bits, fromData.value), compare(bits, toData.value)]
      if (low === undefined || high === undefined) return 'unknown'
      return certainly((low >= 0 && high <= 0) !== (op === 'neq'))
    }
    case 'lookup': {
      const { set: setName, sreg, dreg, flags } = data ?? {}
      const set = table.sets.find((one) => one.name === setName)
      if (set === undefined || sreg === undefined) return 'unknown'
      const found = findElement(set, registers.read(sreg, set.keyLen ?? 0))
      if (found === 'unknown') return 'unknown'
      if (dreg === undefined) return certainly((found !== undefined) !== flags?.includes('invert'))
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

function evaluateOther({ name, data }: NftExpression, registers: Registers): Step {
  if (NEUTRAL.includes(String(name))) return 'next'
  if (name === 'queue') return { code: 'queue' }
  const { dreg } = (data ?? {}) as { readonly dreg?: number | undefined }
  if (dreg === undefined || dreg === nftRegister.verdict) return 'unknown'
  registers.load(dreg, unknownBits(LOAD_MAX))
  return 'next'
}
