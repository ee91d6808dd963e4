export { action, type LimitOptions, type LogOptions, type NatOptions } from './action.js'
export type { DatatypeName, NftValue } from './datatypes.js'
export type { ElementShape, NftElement, NftKey, NftKeyType } from './elements.js'
export { type FormatOptions, formatRule } from './format/rule.js'
export { formatRuleset } from './format/ruleset.js'
export type { NftHook, NftPriority } from './hooks.js'
export { match, type PortProtocol } from './match.js'
export {
  isNftablesMissingError,
  Nftables,
  NftablesMissingError,
  type NftChain,
  type NftFilter,
  type NftRule,
  type NftRuleFilter,
  type NftSet,
  type NftTable,
  type NftTableListing,
  type NftTransaction,
  type Ruleset,
} from './nftables.js'
export type {
  NftChainSpec,
  NftElementsSpec,
  NftRuleContext,
  NftRulePart,
  NftRuleSpec,
  NftSetSpec,
  NftTableRef,
  NftTableSpec,
} from './spec.js'
export type { NftVerdict } from './values.js'
