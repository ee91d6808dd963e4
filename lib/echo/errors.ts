import { errorGuard, RtnetlinkError } from '../../protocol/errors.js'

/** No echo reply arrived within the timeout. */
export class EchoTimeoutError extends RtnetlinkError {
  override readonly name = 'EchoTimeoutError'
  readonly code = 'ETIMEDOUT'

  constructor(address: string, timeout: number) {
    super(`echo ${address}: no answer within ${timeout} ms`)
  }
}

export const isEchoTimeoutError = errorGuard<EchoTimeoutError>('EchoTimeoutError')
