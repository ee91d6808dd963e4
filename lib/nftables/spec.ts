import type { NfFamily, NftExpressionInput } from '../../protocol/index.js'
import type { Datatype, NftValue } from './datatypes.js'
import type { ElementShape, NftElement, NftKey } from './elements.js'
import type { NftHook, NftPriority } from './hooks.js'

/** A table, by its family and name. */
export interface NftTableRef {
  readonly family: NfFamily
  readonly table: string
}

/** A table to be made. */
export interface NftTableSpec {
  readonly family: NfFamily
  readonly name: string
  /** `dormant` ones do nothing yet; `owner` ones go with the connection that made them. */
  readonly flags?: readonly ('dormant' | 'owner' | 'persist')[] | undefined
  readonly comment?: string | undefined
}

/** A chain to be made: with `hook` a base chain, which hears of packets by itself. */
export interface NftChainSpec extends NftTableRef {
  readonly name: string
  readonly type?: 'filter' | 'nat' | 'route' | undefined
  readonly hook?: NftHook | undefined
  /** `filter` unless said otherwise. */
  readonly priority?: NftPriority | undefined
  /** What becomes of packets that no rule decides. */
  readonly policy?: 'accept' | 'drop' | undefined
  /** The links of a chain of family `netdev`, or of hook `ingress`. */
  readonly devices?: readonly string[] | undefined
  readonly comment?: string | undefined
}

/** What a part of a rule is told of the rule that it becomes part of. */
export interface NftRuleContext {
  readonly family: NfFamily
  /** Makes a set for this rule alone, in the same transaction. */
  anonymousSet(type: Datatype, values: readonly NftValue[]): { readonly set: string; readonly setId: number }
}

/** A part of a rule: expressions as data, or what gives them once the table's family is known (`match`, `action`). */
export type NftRulePart =
  | NftExpressionInput
  | readonly NftRulePart[]
  | ((rule: NftRuleContext) => readonly NftRulePart[])

/** A rule to be made. */
export interface NftRuleSpec extends NftTableRef {
  readonly chain: string
  readonly expressions: readonly NftRulePart[]
  /** At most 127 bytes. */
  readonly comment?: string | undefined
  /** The handle of the rule that it comes behind (`add`), or before (`insert`). */
  readonly position?: bigint | undefined
}

/** A set or a map to be made. */
export interface NftSetSpec extends NftTableRef, ElementShape {
  readonly name: string
  /** Elements go after so many milliseconds, unless they say otherwise; 0 for never, but some may. */
  readonly timeout?: number | undefined
  /** The most elements. */
  readonly size?: number | undefined
  /** It never changes. */
  readonly constant?: boolean | undefined
  /** Rules may add to it. */
  readonly dynamic?: boolean | undefined
  readonly elements?: readonly (NftKey | NftElement)[] | undefined
}

export interface NftElementsSpec extends NftTableRef, ElementShape {
  readonly set: string
  readonly elements: readonly (NftKey | NftElement)[]
}
