export { action, type LogOptions, type MasqueradeOptions } from './action.js'
export type { NftValue } from './datatype.js'
export type { DatatypeName } from './datatypes.js'
export type { ElementShape, NftElement, NftKey, NftKeyType } from './elements.js'
export { isNftablesMissingError, NftablesMissingError } from './errors.js'
export type { LimitOptions } from './expressions/limit.js'
export type { NatOptions } from './expressions/nat.js'
export { formatRule } from './format/rule.js'
export { formatRuleset } from './format/ruleset.js'
export type { FormatOptions } from './format/state.js'
export type { PortProtocol } from './headers.js'
export type { NftHook, NftPriority } from './hooks.js'
export type {
  NftChain,
  NftFilter,
  NftFlowtable,
  NftObject,
  NftObjectFilter,
  NftRule,
  NftRuleFilter,
  NftSet,
  NftTable,
  NftTableListing,
  Ruleset,
} from './listing.js'
export { match } from './match.js'
export { Nftables } from './nftables.js'
export type {
  NftChainRef,
  NftChainSpec,
  NftElementsInput,
  NftElementsSpec,
  NftRuleContext,
  NftRulePart,
  NftRuleReplacement,
  NftRuleSpec,
  NftRulesRef,
  NftSetRef,
  NftSetSpec,
  NftTableRef,
  NftTableSpec,
} from './spec.js'
export type { NftTransaction, NftTransactionOptions } from './transaction.js'
export type { NftVerdict } from './verdict.js'
