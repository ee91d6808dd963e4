import type { NftExpression } from '../../../protocol/index.js'
import { expressionFormats } from '../expressions/index.js'
import type { NftRule } from '../listing.js'
import { type FormatContext, type FormatOptions, RuleState } from './state.js'
import { notExpressible, quoted } from './values.js'

type AnyFormat = (data: unknown, state: RuleState) => string | undefined

/**
 * Formats a rule in nft(8)'s syntax, as `nft list ruleset` writes it.
 *
 * What this syntax cannot express, or this library does not know, is written as `[ name ]`, which nft(8) refuses to
 * read: a rule without such a mark is exactly what the kernel has.
 *
 * @param table the rule's table, as `Nftables.ruleset` lists it: its anonymous sets and chains are written within the
 *   rule
 */
export function formatRule(rule: NftRule, table: FormatContext, options: FormatOptions = {}): string {
  const state = new RuleState(table, options, (other) => formatRule(other, table, options))
  for (const expression of rule.expressions) {
    const statement = formatExpression(expression, state)
    if (statement === undefined) continue
    state.addEffect(statement)
    const register = (expression.data as { dreg?: number } | undefined)?.dreg
    if (register) state.registers.clobber(register)
  }
  const unused = state.registers.unused().map(({ source }) => notExpressible(source.name))
  const { userdata, compat, unknown } = rule
  const comment = userdata?.comment ? [`comment ${quoted(userdata.comment)}`] : []
  // The protocol that xtables extensions expect has no words; where there are extensions, they are marked themselves.
  const isCompat =
    compat !== undefined && !rule.expressions.some(({ name }) => name === 'match' || name === 'target')
  const marks = [...(isCompat ? ['compat'] : []), ...(unknown ? ['rule'] : [])].map(notExpressible)
  return [...state.statements, ...unused, ...marks, ...comment].join(' ')
}

function formatExpression({ name, data = {} }: NftExpression, state: RuleState): string | undefined {
  // The data of an undeclared expression is bytes.
  const isKnown = name !== undefined && Object.hasOwn(expressionFormats, name)
  if (!isKnown || data instanceof Uint8Array || 'unknown' in data) return notExpressible(name)
  return (expressionFormats[name] as AnyFormat)(data, state)
}
