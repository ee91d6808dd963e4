import { type Request, snapshot } from '../connection/index.js'
import { SetLookup, SetShapes } from './known-sets.js'
import type { NftSetRef } from './spec.js'

/** Builds the requests of a change, given what is known of sets. */
export type Change<A extends readonly unknown[]> = (sets: SetLookup, ...args: A) => Request[]

/**
 * The changes of a transaction. Each is built when it is added, so that its errors are thrown there. One that refers to
 * sets of unknown shape is built a second time, from a copy of its arguments, when they have been read.
 */
export class ChangePlan {
  /** The sets that have to be read first. */
  readonly missing: NftSetRef[] = []
  readonly #added = new SetShapes()
  readonly #steps: ((found: SetShapes) => readonly Request[])[] = []

  add<A extends readonly unknown[]>(change: Change<A>, ...args: A): void {
    const before = this.#added
    const sets = new SetLookup(before)
    const requests = change(sets, ...args)
    if (sets.missing.length === 0) {
      this.#steps.push((found) => {
        for (const ref of sets.flushed) found.setIntervals(ref, [])
        return requests
      })
      return
    }
    this.missing.push(...sets.missing)
    const [known, copies] = [new SetShapes(before), snapshot(args)]
    // A copy each time: the changes may have to be built again, from what is found then.
    this.#steps.push((found) => change(new SetLookup(new SetShapes(known), found), ...copies))
  }

  /** @throws {@link ArgumentError} when a change does not fit the sets that were found */
  requests(found = new SetShapes()): Request[] {
    return this.#steps.flatMap((step) => step(found))
  }
}
