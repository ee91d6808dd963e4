import type { NfFamily, NftExpressionInput } from '../../protocol/index.js'
import type { AnonymousSet } from './anonymous-sets.js'
import type { NftElement, NftKey } from './elements.js'
import type { LimitOptions } from './expressions/limit.js'
import type { NftHook, NftPriority } from './hooks.js'
import { keysOf } from './keys.js'
import type { NftObject } from './listing.js'
import type { Selector } from './selector.js'
import type { DataShape, ElementShape, NftObjectType, SetShape } from './set-shape.js'

export { keysOf }

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

/** Rules of a table: one with `chain` and `handle`, else all of `chain`, else all of the table. */
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
  /**
   * Records that the parts of the rule so far are about packets of one protocol of a layer.
   * @returns whether this is new, so that it has to be compared
   * @throws {@link ArgumentError} when an earlier part is about packets of another one: the rule would never match
   */
  requires(layer: 'network' | 'transport', protocol: string): boolean
  /** @throws {@link ArgumentError} when an earlier part is about packets of another protocol of the layer */
  allows(layer: 'network' | 'transport', protocol: string): void
  /** The shape of a set of the rule's table; undefined if it does not exist. */
  set(name: string): SetShape | undefined
  /**
   * Adds a set for this rule alone, in the same transaction; the result is for a `lookup` expression.
   * @param data what it gives for its keys, if it is a map
   */
  anonymousSet(
    fields: readonly Selector[],
    elements: readonly (NftKey | NftElement)[],
    argument: string,
    data?: DataShape,
  ): AnonymousSet
}

/** A part of a rule: expressions as data, or a function that returns them for a rule's context (`match`, `action`). */
export type NftRulePart =
  | NftExpressionInput
  | readonly NftRulePart[]
  | ((rule: NftRuleContext) => NftRulePart)

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
  /**
   * Whether intervals that overlap or touch are merged, by nft(8) and here: what is added becomes one interval with those
   * that the set has, and what is deleted may be a part of one. The kernel refuses intervals that overlap otherwise.
   */
  readonly autoMerge?: boolean | undefined
  /** Whether each element counts the packets and bytes that match it. */
  readonly counter?: boolean | undefined
  /** At most 127 bytes. */
  readonly comment?: string | undefined
  /** Whether the kernel prefers a fast set or a small one; `performance` by default. */
  readonly policy?: 'performance' | 'memory' | undefined
  /** How often elements that have timed out are removed, ms. */
  readonly gcInterval?: number | undefined
  readonly elements?: readonly (NftKey | NftElement)[] | undefined
}

const shape = { type: true, map: true, interval: true, dataInterval: true } as const

export const setKeys = keysOf<NftSetSpec>({
  ...tableRef,
  ...shape,
  name: true,
  timeout: true,
  size: true,
  constant: true,
  dynamic: true,
  autoMerge: true,
  counter: true,
  comment: true,
  policy: true,
  gcInterval: true,
  elements: true,
})

/**
 * Elements of a set. Its shape is looked up, unless the same transaction adds it; one that is given has to be the set's.
 */
export interface NftElementsSpec extends NftSetRef, Partial<ElementShape> {
  readonly elements: readonly (NftKey | NftElement)[]
}

export const elementsKeys = keysOf<NftElementsSpec>({ ...tableRef, ...shape, set: true, elements: true })

/** A named object of a table. */
export interface NftObjectRef extends NftTableRef {
  readonly type: NftObjectType
  readonly name: string
}

export const objectRefKeys = keysOf<NftObjectRef>({ ...tableRef, type: true, name: true })

/** The data of a type of object, as it is listed. */
type ObjectData<T extends NftObjectType> = Extract<NftObject, { type: T }>['data']

/** A quota of bytes. */
export interface QuotaOptions {
  readonly bytes: number | bigint
  /** Whether to match from when it is used up, instead of until then. */
  readonly over?: boolean | undefined
  /** The bytes that are used up already. */
  readonly used?: number | bigint | undefined
}

export const quotaKeys = keysOf<QuotaOptions>({ bytes: true, over: true, used: true })

/**
 * A named object to add. Its `data` is as it is listed; that of a limit may be the options of `action.limit`, and that of
 * a quota those of `action.quota`. Listed objects are accepted: what the kernel alone sets is ignored.
 */
export type NftObjectSpec = {
  [T in NftObjectType]: NftTableRef & {
    readonly type: T
    readonly name: string
    readonly data?:
      | ObjectData<T>
      | (T extends 'limit' ? LimitOptions : never)
      | (T extends 'quota' ? QuotaOptions : never)
      | undefined
    /** At most 127 bytes. */
    readonly comment?: string | undefined
    readonly handle?: bigint | undefined
    readonly use?: number | undefined
    readonly userdata?: unknown
  }
}[NftObjectType]

export const objectKeys = keysOf<NftObjectSpec>({
  ...tableRef,
  type: true,
  name: true,
  data: true,
  comment: true,
  handle: true,
  use: true,
  userdata: true,
})

/** A flowtable of a table. */
export interface NftFlowtableRef extends NftTableRef {
  readonly flowtable: string
}

export const flowtableRefKeys = keysOf<NftFlowtableRef>({ ...tableRef, flowtable: true })

/** A flowtable to add: connections that rules offload to it by `action.flow` are forwarded between its links at once. */
export interface NftFlowtableSpec extends NftTableRef {
  /** At most 255 bytes. */
  readonly name: string
  /** The links whose packets it forwards. */
  readonly devices: readonly string[]
  /** `filter` (0) by default. */
  readonly priority?: NftPriority | undefined
  /** `offload` to hardware; `counter` counts the packets of connections. */
  readonly flags?: readonly ('offload' | 'counter')[] | undefined
}

export const flowtableKeys = keysOf<NftFlowtableSpec>({
  ...tableRef,
  name: true,
  devices: true,
  priority: true,
  flags: true,
})
