import type { NftSetElement } from '../../../protocol/index.js'
import type { RuleState } from './state.js'
import { formatVerdict, notExpressible } from './values.js'

type Verdict = NonNullable<NonNullable<NftSetElement['data']>['verdict']>

const INDENT = '\t'

/** `accept`, `jump other`; a chain without a name of its own is written within the rule. */
export function formatRuleVerdict(verdict: Verdict, state: RuleState): string {
  const { code, chain } = verdict
  const bound = state.table.chains?.find(({ name, flags }) => name === chain && flags?.includes('binding'))
  if (bound === undefined) {
    return chain?.startsWith('__chain') ? notExpressible(`${code} ${chain}`) : formatVerdict(verdict)
  }
  const rules = bound.rules.map((rule) => state.formatRule(rule).replaceAll('\n', `\n${INDENT}`))
  return `${code} {\n${rules.map((rule) => `\t\t${INDENT}${rule}\n`).join('')}\t\t}`
}
