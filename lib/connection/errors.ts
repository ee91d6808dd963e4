import { errorGuard, RtnetlinkError } from '../../protocol/errors.js'

/** The connection is closed: what was still pending is rejected with this, and so is all that is asked later. */
export class ClosedError extends RtnetlinkError {
  override readonly name = 'ClosedError'
  readonly code = 'ERR_NETLINK_CLOSED'

  constructor() {
    super('the netlink connection is closed')
  }
}

export const isClosedError = errorGuard<ClosedError>('ClosedError')

/** No answer came in time. Whether the kernel acted is not known. */
export class TimeoutError extends RtnetlinkError {
  override readonly name = 'TimeoutError'
  readonly code = 'ETIMEDOUT'

  constructor(what: string, milliseconds: number) {
    super(`${what}: no answer within ${milliseconds} ms`)
  }
}

export const isTimeoutError = errorGuard<TimeoutError>('TimeoutError')

/** What was dumped changed meanwhile, each time that it was tried: the list may lack entries or repeat them. */
export class DumpInterruptedError<T = unknown> extends RtnetlinkError {
  override readonly name = 'DumpInterruptedError'
  readonly code = 'EINTR'
  /** What was read last; empty where it was streamed. */
  readonly partial: readonly T[]

  constructor(what: string, attempts: number, partial: readonly T[]) {
    super(`${what}: changed while it was read, ${attempts} time${attempts === 1 ? '' : 's'} in a row`)
    this.partial = partial
  }
}

export const isDumpInterruptedError = errorGuard<DumpInterruptedError>('DumpInterruptedError')
