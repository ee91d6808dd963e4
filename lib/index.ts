/**
 * rtnetlink for Linux: network namespaces, links, addresses, routes, rules and the firewall, in process and typed.
 * @module
 */
export { DecodeError, EncodeError } from '../protocol/index.js'
export * from './api/index.js'
export {
  BulkError,
  type BulkFailure,
  type BulkOptions,
  ClosedError,
  type Dump,
  DumpInterruptedError,
  NetlinkError,
  TimeoutError,
  TransactionError,
  type TransactionFailure,
} from './connection/index.js'
export { type EchoOptions, type EchoReply, EchoTimeoutError, echo } from './echo/index.js'
export { ArgumentError, SystemError } from './errors.js'
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
export { type ConnectOutOptions, connectOut, disconnectOut, type WayOut } from './outside/index.js'
