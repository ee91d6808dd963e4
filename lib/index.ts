/**
 * rtnetlink for Linux: network namespaces, links, addresses, routes, rules and the firewall, in process and typed.
 * @module
 */
export {
  DecodeError,
  EncodeError,
  isDecodeError,
  isEncodeError,
  isRtnetlinkError,
  RtnetlinkError,
} from '../protocol/index.js'
export {
  BulkError,
  type BulkFailure,
  type BulkOptions,
  ClosedError,
  type Dump,
  DumpInterruptedError,
  isBulkError,
  isClosedError,
  isDumpInterruptedError,
  isNetlinkError,
  isTimeoutError,
  isTransactionError,
  NetlinkError,
  TimeoutError,
  TransactionError,
  type TransactionFailure,
} from './connection/index.js'
export { type EchoOptions, type EchoReply, EchoTimeoutError, echo, isEchoTimeoutError } from './echo/index.js'
export {
  ArgumentError,
  isArgumentError,
  isLinkNotFoundError,
  isSystemError,
  isUnsupportedPlatformError,
  LinkNotFoundError,
  SystemError,
  UnsupportedPlatformError,
} from './errors.js'
export { type IsolateOptions, isolate } from './isolate/index.js'
export {
  type ConnectTo,
  type InsideOptions,
  type ListenAt,
  type NameChange,
  type NamesSynced,
  Netns,
  type NetnsIdentity,
  type NetnsRef,
  type SpawnInside,
  type Sysctl,
  type UdpAt,
} from './netns/index.js'
export * from './nftables/index.js'
export * from './rtnetlink/index.js'
export {
  type BridgeWarning,
  connectUplink,
  disconnectUplink,
  type ForwardingWarning,
  type ForwardWarning,
  type LegacyWarning,
  type NameserversWarning,
  type Uplink,
  type UplinkAddresses,
  type UplinkOptions,
  type UplinkWarning,
} from './uplink/index.js'
