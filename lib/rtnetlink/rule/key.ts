import { af, isIpFamily } from '../../../protocol/index.js'
import type { Hint } from '../object/description.js'
import type { MessageFields } from '../watch/fields.js'
import type { Key } from '../watch/key.js'

/* The offsets within struct fib_rule_hdr. include/uapi/linux/fib_rules.h */
const FAMILY = 0
const ACTION = 4
const FLAGS = 8
/** FIB_RULE_UNRESOLVED, FIB_RULE_IIF_DETACHED, FIB_RULE_OIF_DETACHED: whether its target and its links exist. */
const STATE = 0x1c

/** Rules of multicast routing have families of their own. */
export function isRule(view: DataView, at: number): boolean {
  return isIpFamily(view.getUint8(at + FAMILY))
}

/**
 * What identifies a rule: everything but its state. Rules are not changed, but added and deleted. This is what
 * net/core/fib_rules.c, rule_exists, compares, and FIB_RULE_INVERT, which it leaves out.
 */
export function ruleKey(message: MessageFields, key: Key): void {
  const { view, at, length, bodyOffset } = message
  key.add(message.u32(FAMILY))
  key.add(message.u32(ACTION))
  key.add(message.u32(FLAGS) & ~STATE)
  key.addBytes(view, at + bodyOffset, Math.max(0, length - bodyOffset))
}

/**
 * What changes rules silently: `iif` and `oif` are attached to links by name (attach_rules, detach_rules), `goto` to
 * another rule (fib_nl_newrule, fib_nl_delrule). Identical rules can exist if NLM_F_EXCL is not given.
 */
export const RULE_HINTS: readonly Hint[] = [
  { message: 'newlink' },
  { message: 'dellink' },
  { message: 'newrule', of: af.inet, relist: af.inet },
  { message: 'delrule', of: af.inet, relist: af.inet },
  { message: 'newrule', of: af.inet6, relist: af.inet6 },
  { message: 'delrule', of: af.inet6, relist: af.inet6 },
]
