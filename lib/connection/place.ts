import type { Job } from './job.js'

/**
 * A place in the queue, kept for an operation of several requests: a bulk, a flush. The operation's jobs are prepared
 * there, one after the other; what is asked later waits until the place is left.
 */
export class Place implements Disposable {
  /** What waits here; a place within this one is kept for a part of the operation. */
  readonly waiting = new Waiting()
  kept = true
  readonly #onLeave: () => void

  /** @param onLeave called when the place is left: what waits behind it may go on */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave
  }

  /** Leaves the place, when the operation asks for nothing more. Idempotent. */
  [Symbol.dispose](): void {
    if (!this.kept) return
    this.kept = false
    this.#onLeave()
  }
}

/** Entries that have been passed are removed from the array's front in steps of this many. */
const COMPACT = 1024

/** Jobs that wait to be prepared, and places that are kept among them, in call order. */
export class Waiting {
  readonly #entries: (Job | Place)[] = []
  #head = 0

  get empty(): boolean {
    return this.#head === this.#entries.length
  }

  push(entry: Job | Place): void {
    this.#entries.push(entry)
  }

  /**
   * The first job, which `shift` takes out; undefined when there is none, or when a place before it is kept for jobs
   * that are still to come.
   */
  first(): Job | undefined {
    for (;;) {
      const entry = this.#entries[this.#head]
      if (!(entry instanceof Place)) return entry
      const job = entry.waiting.first()
      // A place within it may be kept although it has been left.
      if (job !== undefined || entry.kept || !entry.waiting.empty) return job
      this.#pass()
    }
  }

  /** Takes out the job that `first` gave. */
  shift(): void {
    const entry = this.#entries[this.#head]
    if (entry instanceof Place) entry.waiting.shift()
    else this.#pass()
  }

  /** All jobs, in order. */
  all(): Job[] {
    return this.#entries
      .slice(this.#head)
      .flatMap((entry) => (entry instanceof Place ? entry.waiting.all() : [entry]))
  }

  clear(): void {
    this.#entries.length = 0
    this.#head = 0
  }

  #pass(): void {
    this.#head++
    if (this.#head === this.#entries.length) this.clear()
    else if (this.#head === COMPACT) {
      this.#entries.splice(0, COMPACT)
      this.#head = 0
    }
  }
}
