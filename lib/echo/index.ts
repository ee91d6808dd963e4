export { type EchoOptions, echo } from './echo.js'
export { EchoTimeoutError, isEchoTimeoutError } from './errors.js'
export type { EchoReply } from './exchange.js'
