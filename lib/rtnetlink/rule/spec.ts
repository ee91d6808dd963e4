import {
  type IpFamily,
  type RuleMessage,
  type RuleMessageInput,
  ruleMessage,
} from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import { parsePrefix } from '../../prefix.js'

/** A rule as the kernel describes it. What `list` gives can be handed to `delete`, and to `add`. */
export type Rule = Omit<RuleMessage, 'family' | 'dst' | 'dstLen' | 'src' | 'srcLen'> & {
  family: IpFamily
  /** Packets from there only. */
  src?: string
  /** Packets to there only. */
  dst?: string
}

/** Reads a rule; undefined for those of multicast routing, which has rules as well, of families of its own. */
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
  /** IPv4 unless addresses say otherwise. */
  readonly family?: IpFamily | undefined
  /** Packets from there only: `10.0.0.0/8`. */
  readonly src?: string | undefined
  /** Packets to there only. */
  readonly dst?: string | undefined
  /** What is done with them; `toTbl`, look the table up, otherwise. */
  readonly action?: RuleMessageInput['action']
}

/** The message for a specification, without what iproute2 would add. @throws ArgumentError */
export function ruleMessageOf(spec: RuleSpec): Record<string, unknown> {
  if (typeof spec !== 'object' || spec === null) throw new ArgumentError('spec', spec, 'an object')
  const { src: from, dst: to, family: given, ...rest } = spec
  const src = from === undefined ? undefined : parsePrefix(from, 'src')
  const dst = to === undefined ? undefined : parsePrefix(to, 'dst')
  const family = given ?? src?.family ?? dst?.family ?? 'inet'
  for (const [argument, prefix, text] of [
    ['src', src, from],
    ['dst', dst, to],
  ] as const) {
    if (prefix && prefix.family !== family) throw new ArgumentError(argument, text, `of family ${family}`)
  }
  return {
    ...rest,
    family,
    ...(src ? { src: src.address, srcLen: src.length } : {}),
    ...(dst ? { dst: dst.address, dstLen: dst.length } : {}),
  }
}
