import { type IpFamily, type RuleMessageInput, ruleMessage } from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import { type ApiOf, defineObject } from '../object/define.js'
import { type Rule, type RuleSpec, readRule, ruleMessageOf } from './spec.js'

/** Which rules to list; a key that is left out matches all. */
export interface RuleFilter {
  readonly family?: IpFamily | undefined
  readonly table?: RuleMessageInput['table']
  readonly priority?: number | undefined
}

/** A rule is identified by all of its members. */
function ruleKey(rule: Rule): string {
  return Object.entries(rule)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .sort()
    .join()
}

/**
 * Policy rules: which routing table is looked up for which packets. Defaults of `add`: action `toTbl`, table `main`,
 * and the priority of the second rule minus one, 32765 at first (net/core/fib_rules.c: fib_default_rule_pref). `delete`
 * deletes the first rule that matches, or is refused with `ENOENT`. rtnetlink(7), ip-rule(8);
 * include/uapi/linux/fib_rules.h
 */
export const rules = defineObject({
  name: 'rule',
  messages: 'rule',
  codec: ruleMessage,
  read: readRule,
  verbs: ['add', 'delete'],
  message(spec: RuleSpec) {
    const { action = 'toTbl', table, ...rest } = ruleMessageOf(spec)
    return { ...rest, action, table: table ?? (action === 'toTbl' ? 'main' : undefined) }
  },
  deletion(spec: RuleSpec) {
    // FIB_RULE_* of a listed rule describe its state; they do not identify it.
    const { flags: _, ...message } = ruleMessageOf(spec)
    const selects = Object.entries(message).some(([key, value]) => key !== 'family' && value !== undefined)
    // The kernel would delete the first rule, which looks up table `local`: without it no packet is received.
    if (!selects) throw new ArgumentError('spec', spec, 'a rule: an object with more than its family')
    return message
  },
  filter: {
    keys: ['family', 'table', 'priority'],
    select: ({ family, table, priority }: RuleFilter) => ({
      request: { family: family ?? 'unspec' },
      matches: (rule) =>
        (table === undefined || rule.table === table) &&
        (priority === undefined || (rule.priority ?? 0) === priority),
    }),
  },
  watch: { groups: ['ipv4Rule', 'ipv6Rule'], key: ruleKey, volatile: [] },
})

export type Rules = ApiOf<typeof rules>
