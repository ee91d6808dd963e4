import { type IpFamily, type RuleMessageInput, ruleMessage } from '../../../protocol/index.js'
import { assertInteger } from '../../options.js'
import { canonical, familyGiven } from '../named.js'
import { type ApiOf, defineObject } from '../object/define.js'
import { isRule, RULE_HINTS, ruleKey } from './key.js'
import { additionOf, deletionOf, isListed, isSame, type Rule, type RuleSpec, readRule } from './spec.js'

const tableCodec = ruleMessage.attributes.table.table[1]

/** Which rules to list; a key that is left out matches all. */
export interface RuleFilter {
  readonly family?: IpFamily | undefined
  readonly table?: RuleMessageInput['table']
  readonly priority?: number | undefined
}

/**
 * Policy rules: which routing table is looked up for which packets. Defaults of `add`: action `toTbl`, table `main` (none
 * with `l3mdev`), and the priority of the second rule minus one, 32765 at first (net/core/fib_rules.c:
 * fib_default_rule_pref). `delete` deletes the first rule that matches, or is refused with `ENOENT`: what is left out
 * matches anything. With a listed rule it deletes that one: what the kernel takes before it is added again, behind the
 * other rules of its priority; `deleteAll` does not look. rtnetlink(7), ip-rule(8);
 * include/uapi/linux/fib_rules.h
 */
export const rules = defineObject({
  name: 'rule',
  messages: 'rule',
  codec: ruleMessage,
  read: readRule,
  verbs: ['add', 'delete'],
  message: (spec: RuleSpec) => additionOf(spec),
  deletion: (spec: RuleSpec) => deletionOf(spec),
  filter: {
    keys: ['family', 'table', 'priority'],
    select(filter: RuleFilter) {
      const family = familyGiven(filter.family, 'filter.family')
      const table = canonical(tableCodec, filter.table, 'filter.table')
      const { priority } = filter
      if (priority !== undefined) assertInteger('filter.priority', priority, 0, 0xffffffff)
      return {
        request: { family: family ?? 'unspec' },
        matches: (rule: Rule) =>
          (family === undefined || rule.family === family) &&
          (table === undefined || rule.table === table) &&
          (priority === undefined || rule.priority === priority),
      }
    },
  },
  exact: { isListed, isSame, restore: 'add' },
  watch: {
    groups: ['ipv4Rule', 'ipv6Rule'],
    headerSize: ruleMessage.header.size,
    accepts: isRule,
    key: ruleKey,
    volatile: [],
    hintGroups: ['link'],
    hints: RULE_HINTS,
  },
})

export type Rules = ApiOf<typeof rules>
