import type { Job, JobState, Reason } from './job.js'

/** Waits until all earlier requests are answered, so that a dump includes their effects. Sends nothing. */
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
   * @param reached called once, while the queue prepares jobs; its exception is passed to `failed`
   * @param failed called instead when the connection is closed
   */
  constructor(reached: () => void, failed: (error: unknown) => void) {
    this.#reached = reached
    this.#failed = failed
  }

  keep(): void {}

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

  repeats(): boolean {
    return false
  }

  release(): void {}
}
