import { errorGuard, RtnetlinkError } from '../../protocol/errors.js'
import { errno } from '../../protocol/netlink/errno.js'
import { SystemError } from '../errors.js'
import type { Reason } from './job.js'

/** The connection was closed: pending and later requests are rejected with this. */
export class ClosedError extends RtnetlinkError {
  override readonly name = 'ClosedError'
  readonly code = 'ERR_NETLINK_CLOSED'

  constructor() {
    super('the netlink connection is closed')
  }
}

export const isClosedError = errorGuard<ClosedError>('ClosedError')

/** The kernel did not answer in time. Whether it carried out the request is not known. */
export class TimeoutError extends RtnetlinkError {
  override readonly name = 'TimeoutError'
  readonly code = 'ETIMEDOUT'

  constructor(what: string, milliseconds: number) {
    super(`${what}: no answer within ${milliseconds} ms`)
  }
}

export const isTimeoutError = errorGuard<TimeoutError>('TimeoutError')

/** The objects changed while they were listed, at each attempt: the list may lack some, or contain some twice. */
export class DumpInterruptedError<T = unknown> extends RtnetlinkError {
  override readonly name = 'DumpInterruptedError'
  readonly code = 'EINTR'
  /** The elements that the last attempt read; empty if the listing was streamed. */
  readonly partial: readonly T[]

  constructor(what: string, attempts: number, partial: readonly T[]) {
    super(
      `${what}: the objects changed while they were listed, ${attempts === 1 ? 'once' : `${attempts} times in a row`}`,
    )
    this.partial = partial
  }
}

export const isDumpInterruptedError = errorGuard<DumpInterruptedError>('DumpInterruptedError')

/** The socket dropped messages (ENOBUFS), and the answer is not among those that arrived. */
export const MESSAGES_LOST: Reason = ({ name, subject }) =>
  new SystemError(`receive ${name}`, errno.ENOBUFS, subject)
