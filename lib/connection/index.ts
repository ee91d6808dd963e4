export { BulkError, type BulkFailure, type BulkOptions, bulkByPromises, isBulkError } from './bulk.js'
export { Connection, type ConnectionOptions, type JobOptions } from './connection.js'
export { Dump } from './dump.js'
export {
  ClosedError,
  DumpInterruptedError,
  isClosedError,
  isDumpInterruptedError,
  isTimeoutError,
  TimeoutError,
} from './errors.js'
export { type AskedFor, isNetlinkError, NetlinkError } from './netlink-error.js'
export type { Read, Request } from './request.js'
export { type ListenOptions, type OnMessage, Subscription } from './subscription.js'
export { tickBudgetSpent, yieldToEventLoop } from './tick.js'
export { isTransactionError, TransactionError, type TransactionFailure } from './transaction.js'
export type { Datagram, Transport } from './transport.js'
