export { describeErrno, type ErrnoName, errno, errnoName, errnos } from './errno.js'
export {
  decodeError,
  type ErrorMessage,
  type ExtendedAck,
  extendedAck,
  type Policy,
  policy,
} from './error.js'
export {
  beginMessage,
  controlType,
  endMessage,
  HEADER_SIZE,
  type MessageHeader,
  messageFlag,
  readHeader,
} from './header.js'
export { MessageCursor } from './messages.js'
