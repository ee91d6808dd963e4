import type { NfFamily, NftExpressionInput } from '../../protocol/index.js'
import type { Datatype, NftValue } from './datatype.js'
import type { ElementShape, NftElement, NftKey } from './elements.js'
import type { NftHook, NftPriority } from './hooks.js'

/** The keys of an interface, to refuse unknown ones; a member that is not listed does not compile. */
export const keysOf = <T>(keys: Readonly<Record<keyof T, true>>): readonly string[] => Object.keys(keys)

/** A table, by its family and name. */
export interface NftTableRef {
  readonly family: NfFamily
  readonly table: string
}

/** A chain of a table. */
export interface NftChainRef extends NftTableRef {
  readonly chain: string
}

/** A set or a map of a table. */
export interface NftSetRef extends NftTableRef {
  readonly set: string
}

/** Rules of a table: one with `handle`, else all of `chain`, else all of the table. */
export interface NftRulesRef extends NftTableRef {
  readonly chain?: string | undefined
  readonly handle?: bigint | undefined
}

const tableRef = { family: true, table: true } as const
export const tableRefKeys = keysOf<NftTableRef>(tableRef)
export const chainRefKeys = keysOf<NftChainRef>({ ...tableRef, chain: true })
export const setRefKeys = keysOf<NftSetRef>({ ...tableRef, set: true })
export const rulesRefKeys = keysOf<NftRulesRef>({ ...tableRef, chain: true, handle: true })

/** A table to add. */
export interface NftTableSpec {
  readonly family: NfFamily
  /** At most 255 bytes. */
  readonly name: string
  /**
   * A `dormant` table sees no packets. An `owner` table can only be changed through the connection that added it, and
   * is deleted when that closes, unless it is `persist` (Linux 6.9) as well.
   */
  readonly flags?: readonly ('dormant' | 'owner' | 'persist')[] | undefined
  /** At most 127 bytes. */
  readonly comment?: string | undefined
}

export const tableKeys = keysOf<NftTableSpec>({ family: true, name: true, flags: true, comment: true })

/**
 * A chain to add. With `hook` it is a base chain, which the kernel runs for packets at that hook; without, it is
 * reached only by `jump` and `goto`.
 */
export interface NftChainSpec extends NftTableRef {
  /** At most 255 bytes. */
  readonly name: string
  /** Base chains only; `filter` by default. */
  readonly type?: 'filter' | 'nat' | 'route' | undefined
  readonly hook?: NftHook | undefined
  /** Base chains only; `filter` (0) by default. */
  readonly priority?: NftPriority | undefined
  /** Base chains only: the verdict on packets that reach the end of the chain; `accept` by default. */
  readonly policy?: 'accept' | 'drop' | undefined
  /** The links of a chain of family `netdev`, or of the hook `ingress` of family `inet`. */
  readonly devices?: readonly string[] | undefined
  /** At most 127 bytes. */
  readonly comment?: string | undefined
}

export const chainKeys = keysOf<NftChainSpec>({
  ...tableRef,
  name: true,
  type: true,
  hook: true,
  priority: true,
  policy: true,
  devices: true,
  comment: true,
})

/** The context of a part of a rule: the rule that contains it. */
export interface NftRuleContext {
  readonly family: NfFamily
  /** Adds a set for this rule alone, in the same transaction; the result is for a `lookup` expression. */
  anonymousSet(type: Datatype, values: readonly NftValue[]): { readonly set: string; readonly setId: number }
}

/** A part of a rule: expressions as data, or a function that returns them for a rule's context (`match`, `action`). */
export type NftRulePart =
  | NftExpressionInput
  | readonly NftRulePart[]
  | ((rule: NftRuleContext) => readonly NftRulePart[])

/** A rule to add. */
export interface NftRuleSpec extends NftTableRef {
  readonly chain: string
  /** Evaluated in order; the rule ends at the first match that fails. */
  readonly expressions: readonly NftRulePart[]
  /** At most 127 bytes. */
  readonly comment?: string | undefined
  /** The handle of the rule to add it after, or to insert it before. */
  readonly position?: bigint | undefined
}

const rule = { ...tableRef, chain: true, expressions: true, comment: true, position: true } as const
export const ruleKeys = keysOf<NftRuleSpec>(rule)

/** A rule that takes the place of another. */
export interface NftRuleReplacement extends NftRuleSpec {
  /** The handle of the rule to replace. */
  readonly handle: bigint
}

export const ruleReplacementKeys = keysOf<NftRuleReplacement>({ ...rule, handle: true })

/** A set or a map to add. */
export interface NftSetSpec extends NftTableRef, ElementShape {
  /** At most 255 bytes. */
  readonly name: string
  /** How long elements stay by default, ms; with 0 they stay, unless an element has a timeout of its own. */
  readonly timeout?: number | undefined
  /** The maximum number of elements. */
  readonly size?: number | undefined
  /** Whether its elements never change. */
  readonly constant?: boolean | undefined
  /** Whether rules may add elements. */
  readonly dynamic?: boolean | undefined
  readonly elements?: readonly (NftKey | NftElement)[] | undefined
}

const shape = { type: true, map: true, interval: true } as const

export const setKeys = keysOf<NftSetSpec>({
  ...tableRef,
  ...shape,
  name: true,
  timeout: true,
  size: true,
  constant: true,
  dynamic: true,
  elements: true,
})

/** Elements of a set, with the shape that the set was added with. */
export interface NftElementsSpec extends NftSetRef, ElementShape {
  readonly elements: readonly (NftKey | NftElement)[]
}

/** As {@link NftElementsSpec}; the shape is looked up if the type is not given. */
export type NftElementsInput = Omit<NftElementsSpec, 'type'> & Partial<NftElementsSpec>

export const elementsKeys = keysOf<NftElementsSpec>({ ...tableRef, ...shape, set: true, elements: true })
