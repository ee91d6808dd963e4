import type { Request } from '../../../lib/connection/index.js'
import { type Change, ChangePlan } from '../../../lib/nftables/change-plan.js'
import { type Changes, changes } from '../../../lib/nftables/changes.js'
import type { ArgumentsOf } from '../../../lib/nftables/transaction.js'

type PureChanges = { readonly [K in keyof Changes]: (...args: ArgumentsOf<Changes[K]>) => Request[] }

/** The requests of a change, as if no set existed. */
export const pureChanges = Object.fromEntries(
  Object.entries(changes).map(([name, make]) => [
    name,
    (...args: unknown[]) => {
      const plan = new ChangePlan()
      plan.add(make as Change<unknown[]>, ...args)
      return plan.requests()
    },
  ]),
) as PureChanges
