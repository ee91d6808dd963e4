import type { NftExpressionInput } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { builderName } from './builders.js'
import type { NftRuleContext, NftRulePart } from './spec.js'

/**
 * The expressions of a part of a rule, given the rule that contains it.
 * @param argument names the part in errors
 * @throws {@link ArgumentError} when it is not a part of a rule, or an argument of `match` or `action` is invalid
 */
export function expressionsOf(
  part: NftRulePart,
  rule: NftRuleContext,
  argument = 'expressions',
): NftExpressionInput[] {
  if (Array.isArray(part)) {
    return (part as readonly NftRulePart[]).flatMap((one, i) => expressionsOf(one, rule, `${argument}.${i}`))
  }
  const builder = builderName(part)
  if (builder !== undefined) {
    const calls =
      typeof part === 'function'
        ? `call it, as in ${builder}(…)`
        : `call one of ${Object.keys(part).join(', ')}`
    const message = `${argument} is ${builder} itself: ${calls}`
    throw new ArgumentError(argument, part, `${builder}(…)`, message)
  }
  if (typeof part === 'function') return expressionsOf(part(rule), rule, argument)
  if (typeof part === 'object' && part !== null && typeof (part as NftExpressionInput).name === 'string') {
    return [part as NftExpressionInput]
  }
  throw new ArgumentError(argument, part, 'a match, an action, or an expression { name, data }')
}
