import { ArgumentError } from '../errors.js'
import { assertFunction } from '../options.js'
import { type Change, ChangePlan } from './change-plan.js'
import { type Changes, changes } from './changes.js'
import type { SetLookup } from './known-sets.js'
import { keysOf } from './spec.js'

/**
 * The changes of a transaction: the same methods that `Nftables` has, but they only queue the change, which is sent
 * when the transaction is complete. Sets that it refers to and does not add are looked up before it is sent.
 */
export type NftTransaction = { readonly [K in keyof Changes]: (...args: ArgumentsOf<Changes[K]>) => void }

/** The arguments of a change after the lookup of sets. */
export type ArgumentsOf<F> = F extends (sets: SetLookup, ...args: infer A) => unknown ? A : never

/** Options of a transaction. */
export interface NftTransactionOptions {
  /** The generation that the changes are based on: if the ruleset has changed since, the transaction fails. */
  readonly generation?: number | undefined
}

export const transactionKeys = keysOf<NftTransactionOptions>({ generation: true })

/**
 * Calls `build`, and returns all changes that it has queued.
 * @throws {@link ArgumentError} when a change is invalid, or `build` is asynchronous
 */
export function collectChanges(build: (change: NftTransaction) => void): ChangePlan {
  assertFunction(build, 'build')
  const plan = new ChangePlan()
  let isComplete = false
  const collector = Object.fromEntries(
    Object.entries(changes).map(([name, make]) => [
      name,
      (...args: unknown[]) => {
        if (isComplete) {
          const message = `change.${name} was called after its transaction was complete: it would not be sent`
          throw new ArgumentError('change', name, 'called within `build`', message)
        }
        plan.add(make as Change<unknown[]>, ...args)
      },
    ]),
  )
  let result: unknown
  try {
    result = build(collector as NftTransaction)
  } finally {
    isComplete = true
  }
  if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function') {
    // What it changes later throws: that is reported here.
    ;(result as PromiseLike<unknown>).then(undefined, () => {})
    const message = 'build must be a synchronous function: what it changes after an await would not be sent'
    throw new ArgumentError('build', build, 'a synchronous function', message)
  }
  return plan
}
