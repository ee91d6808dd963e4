import {
  type IpFamily,
  type RuleMessage,
  type RuleMessageInput,
  ruleMessage,
} from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import { parsePrefix } from '../../prefix.js'

/** A rule as it is listed; it can be passed back to `delete` and `add`. */
export type Rule = Omit<RuleMessage, 'family' | 'dst' | 'dstLen' | 'src' | 'srcLen'> & {
  family: IpFamily
  /** Restricts the rule to packets from this prefix. */
  src?: string
  /** Restricts the rule to packets to this prefix. */
  dst?: string
}

/** Reads a rule; undefined for those of multicast routing, which have families of their own. */
export function readRule(view: DataView, at: number, length: number): Rule | undefined {
  const { dst, dstLen, src, srcLen, ...rest } = ruleMessage.decode(view, at, length, {})
  if (rest.family !== 'inet' && rest.family !== 'inet6') return undefined
  const rule = { ...rest } as Rule
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
  /** What to do with matching packets: `toTbl`, looking up the table, by default. */
  readonly action?: RuleMessageInput['action']
}

/** The message for a rule. @throws {@link ArgumentError} when a prefix is invalid or of the wrong family */
export function ruleMessageOf(spec: RuleSpec): Record<string, unknown> {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    throw new ArgumentError('spec', spec, 'an object that describes a rule')
  }
  const { src: from, dst: to, family: given, ...rest } = spec
  const src = from === undefined ? undefined : parsePrefix(from, 'src')
  const dst = to === undefined ? undefined : parsePrefix(to, 'dst')
  const family = given ?? src?.family ?? dst?.family ?? 'inet'
  for (const [argument, prefix, text] of [
    ['src', src, from],
    ['dst', dst, to],
  ] as const) {
    if (prefix && prefix.family !== family)
      throw new ArgumentError(argument, text, `a prefix of family ${family}`)
  }
  return {
    ...rest,
    family,
    ...(src ? { src: src.address, srcLen: src.length } : {}),
    ...(dst ? { dst: dst.address, dstLen: dst.length } : {}),
  }
}
