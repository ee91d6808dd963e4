import type { Request } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import { assertFunction } from '../options.js'
import { type Changes, changes } from './changes.js'
import { keysOf } from './spec.js'

/**
 * The changes of a transaction: the same methods that `Nftables` has, but they only queue the change, which is sent
 * when the transaction is complete. Elements need the type of their set, as it is not looked up.
 */
export type NftTransaction = { readonly [K in keyof Changes]: (...args: Parameters<Changes[K]>) => void }

/** Options of a transaction. */
export interface NftTransactionOptions {
  /** The generation that the changes are based on: if the ruleset has changed since, the transaction fails. */
  readonly generation?: number | undefined
}

export const transactionKeys = keysOf<NftTransactionOptions>({ generation: true })

/**
 * Calls `build`, and returns the requests for all changes that it has queued.
 * @throws {@link ArgumentError} when a change is invalid, or `build` is asynchronous
 */
export function collectRequests(build: (change: NftTransaction) => void): Request[] {
  assertFunction(build, 'build')
  const requests: Request[] = []
  const collector = Object.fromEntries(
    Object.entries(changes).map(([name, make]) => [
      name,
      (...args: unknown[]) => {
        requests.push(...(make as (...args: unknown[]) => Request[])(...args))
      },
    ]),
  )
  const result: unknown = build(collector as NftTransaction)
  if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function') {
    const message = 'build must be a synchronous function: what it changes after an await would not be sent'
    throw new ArgumentError('build', build, 'a synchronous function', message)
  }
  return requests
}
