export {
  type BulkContext,
  BulkError,
  type BulkFailure,
  type BulkJobOptions,
  type BulkOptions,
  isBulkError,
} from './bulk.js'
export { Connection, type ConnectionOptions, type DumpOptions, type DumpRequest } from './connection.js'
export { Dump } from './dump.js'
export {
  ClosedError,
  DumpInterruptedError,
  isClosedError,
  isDumpInterruptedError,
  isTimeoutError,
  TimeoutError,
} from './errors.js'
export { isNetlinkError, NetlinkError, type RefusedRequest } from './netlink-error.js'
export type { Place } from './place.js'
export type { Buildable, GivenValue, JobOptions, Read, Request } from './request.js'
export { onAbort } from './signals.js'
export { snapshot } from './snapshot.js'
export { Stream, type StreamSource } from './stream.js'
export { type OnMessage, type SubscribeOptions, Subscription } from './subscription.js'
export { tickBudgetSpent, yieldToEventLoop } from './tick.js'
export { isTransactionError, TransactionError, type TransactionFailure } from './transaction.js'
export type { Datagram, Transport } from './transport.js'
