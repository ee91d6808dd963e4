import type {
  NfFamily,
  NftChainMessage,
  NftExpression,
  NftRuleMessage,
  NftSetElement,
  NftSetMessage,
  NftTableMessage,
} from '../../protocol/index.js'

/** The members of the message's header that a listing omits or narrows. */
type HeaderMembers = 'family' | 'version' | 'resId'

/** A table as the kernel lists it. */
export type NftTable = Omit<NftTableMessage, HeaderMembers> & {
  family: NfFamily
  name: string
}

/** A chain as the kernel lists it; a base chain has a `hook`. */
export type NftChain = Omit<NftChainMessage, HeaderMembers> & {
  family: NfFamily
  table: string
  name: string
}

/** A rule as the kernel lists it; its `handle` identifies it within the table. */
export type NftRule = Omit<NftRuleMessage, HeaderMembers> & {
  family: NfFamily
  table: string
  chain: string
  expressions: NftExpression[]
}

/** A set or a map as the kernel lists it, without its elements. */
export type NftSet = Omit<NftSetMessage, HeaderMembers> & {
  family: NfFamily
  table: string
  name: string
}

/** A table with its chains, rules, sets and elements. */
export interface NftTableListing extends NftTable {
  readonly chains: readonly (NftChain & { readonly rules: readonly NftRule[] })[]
  readonly sets: readonly (NftSet & { readonly elements: readonly NftSetElement[] })[]
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
}

/** Puts chains, rules and sets into their tables. */
export function assembleTables({ tables, chains, rules, sets }: Listings): NftTableListing[] {
  return tables.map((table) => {
    const isInTable = (one: { family: NfFamily; table: string }) =>
      one.family === table.family && one.table === table.name
    const ownRules = rules.filter(isInTable)
    return {
      ...table,
      sets: sets.filter(isInTable),
      chains: chains.filter(isInTable).map((chain) => ({
        ...chain,
        rules: ownRules.filter((rule) => rule.chain === chain.name),
      })),
    }
  })
}
