import type { NftExpression } from '../../../protocol/index.js'
import { notExpressible } from '../expressions/expression.js'
import { expressionFormats } from '../expressions/index.js'
import type { NftRule, NftTableListing } from '../listing.js'
import { type FormatOptions, RuleState } from './state.js'
import { quoted } from './values.js'

type AnyFormat = (data: unknown, state: RuleState) => string | undefined

/**
 * Formats a rule in nft(8)'s syntax, as `nft list ruleset` writes it.
 *
 * Expressions that this syntax cannot express are written as `[ name ]`, which nft(8) refuses to read.
 *
 * @param table the rule's table, as `Nftables.ruleset` lists it: its anonymous sets are written within the rule
 */
export function formatRule(
  rule: NftRule,
  table: Pick<NftTableListing, 'family' | 'sets'>,
  options: FormatOptions = {},
): string {
  const state = new RuleState(table, options)
  for (const expression of rule.expressions) {
    const statement = formatExpression(expression, state)
    if (statement !== undefined) state.statements.push(statement)
  }
  const comment = rule.comment ? [`comment ${quoted(rule.comment)}`] : []
  return [...state.statements.filter((statement) => statement !== ''), ...comment].join(' ')
}

function formatExpression({ name, data = {} }: NftExpression, state: RuleState): string | undefined {
  // The data of an undeclared expression is bytes.
  const isKnown = name !== undefined && Object.hasOwn(expressionFormats, name)
  if (!isKnown || data instanceof Uint8Array) return notExpressible(name)
  return (expressionFormats[name] as AnyFormat)(data, state)
}
