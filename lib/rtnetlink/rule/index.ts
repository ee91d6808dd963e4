export { type RuleFilter, type Rules, rules } from './object.js'
export type { Rule, RuleSpec } from './spec.js'
