import { isDeepStrictEqual } from 'node:util'
import {
  af,
  type IpFamily,
  type RuleMessage,
  type RuleMessageInput,
  ruleAction,
  ruleFlags,
  ruleMessage,
} from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import { parsePrefix } from '../../prefix.js'
import { canonical, familyGiven, withoutStates } from '../named.js'

/** A rule as it is listed; it can be passed back to `delete` and `add`. */
export type Rule = Omit<RuleMessage, 'family' | 'dst' | 'dstLen' | 'src' | 'srcLen' | 'priority'> & {
  family: IpFamily
  /** Rules are evaluated in ascending order of this. */
  priority: number
  /** Restricts the rule to packets from this prefix. */
  src?: string
  /** Restricts the rule to packets to this prefix. */
  dst?: string
}

/** Reads a rule; undefined for those of other families, such as multicast routing (RTNL_FAMILY_IPMR). */
export function readRule(view: DataView, at: number, length: number): Rule | undefined {
  const number = length > 0 ? view.getUint8(at) : af.unspec
  if (number !== af.inet && number !== af.inet6) return undefined
  // The kernel leaves out a priority of 0. net/core/fib_rules.c: fib_nl_fill_rule
  const { dst, dstLen, src, srcLen, priority = 0, ...rest } = ruleMessage.decode(view, at, length, {})
  const rule = { ...rest, priority } as Rule
  if (srcLen > 0) rule.src = `${src}/${srcLen}`
  if (dstLen > 0) rule.dst = `${dst}/${dstLen}`
  return rule
}

/** A rule to be added or deleted. */
export interface RuleSpec
  extends Omit<RuleMessageInput, 'family' | 'dst' | 'dstLen' | 'src' | 'srcLen' | 'action'> {
  /** The family of `src` or `dst` by default, or else `inet`. */
  readonly family?: IpFamily | undefined
  /** Restricts the rule to packets from this prefix: `10.0.0.0/8`. */
  readonly src?: string | undefined
  /** Restricts the rule to packets to this prefix. */
  readonly dst?: string | undefined
  /** What to do with matching packets: `toTbl`, looking up the table, by default; `goto` where that is given. */
  readonly action?: RuleMessageInput['action']
}

type RuleDraft = { -readonly [K in keyof RuleMessageInput]: RuleMessageInput[K] }

/** Flags that report a state: the kernel would keep them for good, and refuse to delete a permanent rule. */
const STATES = ruleFlags.toBits(['permanent', 'unresolved', 'iifDetached', 'oifDetached'])

/**
 * The members that the rules of a family do not have: the kernel drops them in silence. net/ipv6/fib6_rules.c:
 * fib6_rule_configure; net/ipv4/fib_rules.c: fib4_rule_configure
 */
const UNFIT: Readonly<Record<IpFamily, readonly (keyof RuleSpec)[]>> = {
  inet: ['flowlabel', 'flowlabelMask'],
  inet6: ['flow'],
}

/**
 * The message for a rule, without defaults.
 * @throws {@link ArgumentError} when a prefix is invalid or of the wrong family, or the family has no such member
 */
function ruleMessageOf(spec: RuleSpec): RuleDraft {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    throw new ArgumentError('spec', spec, 'an object that describes a rule')
  }
  const { src: from, dst: to, family: given, flags, action, ...rest } = spec
  const src = from === undefined ? undefined : parsePrefix(from, 'src')
  const dst = to === undefined ? undefined : parsePrefix(to, 'dst')
  const family = familyGiven(given, 'family') ?? src?.family ?? dst?.family ?? 'inet'
  for (const [argument, prefix, text] of [
    ['src', src, from],
    ['dst', dst, to],
  ] as const) {
    if (prefix && prefix.family !== family)
      throw new ArgumentError(argument, text, `a prefix of family ${family}`)
  }
  for (const name of UNFIT[family]) {
    const value = spec[name]
    if (value !== undefined)
      throw new ArgumentError(name, value, `left out: rules of ${family} have no ${name}`)
  }
  return {
    ...rest,
    family,
    action: canonical(ruleAction, action, 'action'),
    flags: withoutStates(ruleFlags, flags, STATES, 'flags'),
    ...(src ? { src: src.address, srcLen: src.length } : {}),
    ...(dst ? { dst: dst.address, dstLen: dst.length } : {}),
  }
}

/**
 * The message that adds a rule, with iproute2's defaults: table `main`, except for rules with another action and those
 * that use the table of a VRF. ip/iprule.c: iprule_modify
 */
export function additionOf(spec: RuleSpec): RuleMessageInput {
  const message = ruleMessageOf(spec)
  message.action ??= message.goto === undefined ? 'toTbl' : 'goto'
  const lookup = message.action === 'toTbl' && !message.l3mdev
  message.table ??= lookup ? 'main' : undefined
  return message
}

/**
 * Members that do not tell a rule from the one of table `local`: the kernel does not compare them, the length of a prefix
 * does it, or kernels before 6.13 ignore them. net/core/fib_rules.c: rule_find
 */
const INDISTINCT: ReadonlySet<string> = new Set(
  // biome-ignore format: one list
  [
    'family', 'flags', 'goto', 'dst', 'src', 'unknown',
    'dscp', 'dscpMask', 'flowlabel', 'flowlabelMask', 'sportMask', 'dportMask',
  ] satisfies (keyof RuleMessageInput)[],
)

/**
 * The message that deletes a rule.
 * @throws {@link ArgumentError} when the first rule would match, which looks up table `local`: without it no packet is
 * received
 */
export function deletionOf(spec: RuleSpec): RuleMessageInput {
  const message = ruleMessageOf(spec)
  // The kernel does not compare flags.
  message.flags = undefined
  if (message.goto !== undefined) message.action ??= 'goto'
  if (!Object.entries(message).some(([name, value]) => selects(name, value))) {
    const what = 'a rule: its priority, its table, or which packets it is for'
    throw new ArgumentError('spec', spec, what)
  }
  return message
}

/** Whether the kernel compares this member, and the rule of table `local` differs in it. A zero matches any rule. */
function selects(name: string, value: unknown): boolean {
  if (value === undefined || INDISTINCT.has(name)) return false
  if (name === 'priority') return true
  if (name === 'action') return value !== 'toTbl' && value !== 'unspec'
  if (name === 'protocol') return value !== 'kernel' && value !== 2 && value !== 'unspec' && value !== 0
  if (name === 'suppressPrefixlen' || name === 'suppressIfgroup') return value !== -1
  return value !== 0 && value !== 0n && value !== '' && value !== 'unspec'
}

/** Whether this has the members that all listed rules have. */
export function isListed(spec: RuleSpec): boolean {
  const { family, priority, table, action, flags } = spec
  return [family, priority, table, action, flags].every((member) => member !== undefined)
}

/** Whether a rule that was deleted is the one that was listed: in all but its state. */
export function isSame(listed: Rule, deleted: Rule): boolean {
  const comparable = ({ flags, ...rule }: Rule) => ({ ...rule, invert: flags.includes('invert') })
  return isDeepStrictEqual(comparable(listed), comparable(deleted))
}
