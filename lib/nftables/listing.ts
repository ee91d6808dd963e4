import type {
  NfFamily,
  NftChainMessage,
  NftExpression,
  NftFlowtableMessage,
  NftObjectMessage,
  NftRuleMessage,
  NftSetElement,
  NftSetMessage,
  NftTableMessage,
} from '../../protocol/index.js'

/** The members of the message's header that a listing omits or narrows. */
type HeaderMembers = 'family' | 'version' | 'resId'

/** Distributes over unions, so that the type of an object still decides about its data. */
type WithoutHeader<M> = M extends unknown ? Omit<M, HeaderMembers> : never

/** The comment of the user data, which is also there as the kernel lists it. */
interface Commented {
  comment?: string
}

/** A table as the kernel lists it. */
export type NftTable = WithoutHeader<NftTableMessage> &
  Commented & {
    family: NfFamily
    name: string
  }

/** A chain as the kernel lists it; a base chain has a `hook`. */
export type NftChain = WithoutHeader<NftChainMessage> &
  Commented & {
    family: NfFamily
    table: string
    name: string
  }

/** A rule as the kernel lists it; its `handle` identifies it within the table. */
export type NftRule = WithoutHeader<NftRuleMessage> &
  Commented & {
    family: NfFamily
    table: string
    chain: string
    expressions: NftExpression[]
  }

/** A set or a map as the kernel lists it, without its elements. */
export type NftSet = WithoutHeader<NftSetMessage> &
  Commented & {
    family: NfFamily
    table: string
    name: string
  }

/** A named object as the kernel lists it: `type` decides about its `data`. */
export type NftObject = WithoutHeader<NftObjectMessage> &
  Commented & {
    family: NfFamily
    table: string
    name: string
  }

/** A flowtable as the kernel lists it. */
export type NftFlowtable = WithoutHeader<NftFlowtableMessage> & {
  family: NfFamily
  table: string
  name: string
}

/** A table with its chains, rules, sets and elements, objects and flowtables. */
export interface NftTableListing extends NftTable {
  readonly chains: readonly (NftChain & { readonly rules: readonly NftRule[] })[]
  readonly sets: readonly (NftSet & { readonly elements: readonly NftSetElement[] })[]
  readonly objects: readonly NftObject[]
  readonly flowtables: readonly NftFlowtable[]
}

/** The rules of a network namespace, all at one moment. */
export interface Ruleset {
  /** Incremented by each transaction. */
  readonly generation: number
  readonly tables: readonly NftTableListing[]
}

/** Which tables, chains or sets to list: all that match what is given. */
export interface NftFilter {
  readonly family?: NfFamily | undefined
  readonly table?: string | undefined
}

/** Which objects to list: all that match what is given. */
export interface NftObjectFilter extends NftFilter {
  /** Objects of this type: `counter`. */
  readonly type?: NftObject['type'] | undefined
}

/** Which rules to list: all that match what is given. */
export interface NftRuleFilter extends NftFilter {
  readonly chain?: string | undefined
  readonly comment?: string | undefined
}

/** The parts of a ruleset as the kernel lists them, each on its own. */
export interface Listings {
  readonly tables: readonly NftTable[]
  readonly chains: readonly NftChain[]
  readonly rules: readonly NftRule[]
  readonly sets: readonly (NftSet & { readonly elements: readonly NftSetElement[] })[]
  readonly objects: readonly NftObject[]
  readonly flowtables: readonly NftFlowtable[]
}

/** Puts chains, rules, sets, objects and flowtables into their tables. */
export function assembleTables({
  tables,
  chains,
  rules,
  sets,
  objects,
  flowtables,
}: Listings): NftTableListing[] {
  return tables.map((table) => {
    const isInTable = (one: { family: NfFamily; table: string }) =>
      one.family === table.family && one.table === table.name
    const ownRules = rules.filter(isInTable)
    return {
      ...table,
      sets: sets.filter(isInTable),
      objects: objects.filter(isInTable),
      flowtables: flowtables.filter(isInTable),
      chains: chains.filter(isInTable).map((chain) => ({
        ...chain,
        rules: ownRules.filter((rule) => rule.chain === chain.name),
      })),
    }
  })
}
