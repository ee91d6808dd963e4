/**
 * rtnetlink for Linux: network namespaces, links, addresses and routes, in process and typed.
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
export { Netns, type NetnsIdentity, type NetnsRef } from './netns/index.js'
export * from './nftables/index.js'
