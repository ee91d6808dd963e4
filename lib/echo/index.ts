export { type EchoOptions, type EchoReply, EchoTimeoutError, echo } from './echo.js'
