export {
  action,
  type LogOptions,
  type MasqueradeOptions,
  type NftHeaderFieldName,
} from './action.js'
export type { NftValue } from './datatype.js'
export type { DatatypeName } from './datatypes.js'
export type { DupOptions, QueueOptions, SynproxyOptions } from './deliveries.js'
export type { SetUpdateOptions } from './dynamic-sets.js'
export type { NftElement, NftKey } from './elements.js'
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
export { type FieldMatch, type MaskOptions, match } from './match.js'
export type {
  NftChange,
  NftElementsChange,
  NftEvent,
  NftGeneration,
  NftMonitored,
  NftMonitorOptions,
  NftOverrun,
} from './monitor.js'
export { Nftables } from './nftables.js'
export type { FibFlag, FibResult, RtKeyName, SocketKeyName } from './route-selectors.js'
export type { NftFieldName } from './selector.js'
export type { ElementShape, NftKeyType, NftMapType, NftObjectType } from './set-shape.js'
export type { NftMapping, NftSource } from './sources.js'
export type {
  NftChainRef,
  NftChainSpec,
  NftElementsSpec,
  NftFlowtableRef,
  NftFlowtableSpec,
  NftObjectRef,
  NftObjectSpec,
  NftRuleContext,
  NftRulePart,
  NftRuleReplacement,
  NftRuleSpec,
  NftRulesRef,
  NftSetRef,
  NftSetSpec,
  NftTableRef,
  NftTableSpec,
  QuotaOptions,
} from './spec.js'
export type { NftTransaction, NftTransactionOptions } from './transaction.js'
export type { NftVerdict } from './verdict.js'
