import type { NftExpressionInput } from '../../protocol/index.js'
import type { NftRuleContext, NftRulePart } from './spec.js'

/** The expressions of a part of a rule, given the rule that contains it. */
export function expressionsOf(part: NftRulePart, rule: NftRuleContext): NftExpressionInput[] {
  if (typeof part === 'function') return expressionsOf(part(rule), rule)
  if (Array.isArray(part)) return (part as readonly NftRulePart[]).flatMap((one) => expressionsOf(one, rule))
  return [part as NftExpressionInput]
}
