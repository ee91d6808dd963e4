export { type EchoOptions, type EchoReply, EchoTimeoutError, echo, isEchoTimeoutError } from './echo.js'
