import type { Job, JobState, Reason } from './job.js'

/** Waits until all that was asked before is answered: what a dump lists has to include that. Nothing is sent for it. */
export class Barrier implements Job {
  state: JobState = 'waiting'
  first = 0
  count = 0
  readonly waitsFor = 'all'
  readonly alone = false
  readonly acknowledged = false
  readonly cost = 0
  readonly changesNames = false
  readonly blocking = false
  readonly #reached: () => void
  readonly #failed: (error: unknown) => void

  /**
   * @param reached called once, while the queue prepares jobs; what it throws goes to `failed`
   * @param failed called instead when the connection is closed
   */
  constructor(reached: () => void, failed: (error: unknown) => void) {
    this.#reached = reached
    this.#failed = failed
  }

  prepare(): void {
    this.#reached()
  }

  fail(reason: Reason): void {
    this.#failed(reason({ name: 'dump' }))
  }

  encode(): void {}

  acknowledge(): boolean {
    return true
  }

  reply(): boolean {
    return true
  }

  succeed(): void {}

  lose(): void {}

  release(): void {}
}
