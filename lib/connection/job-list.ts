import { Batch } from './batch.js'
import type { Job, Reason } from './job.js'
import { BATCH_BYTES, THREAD_BYTES } from './limits.js'

/** Settled jobs are removed from the array's front in steps of this many. */
const COMPACT = 1024

/**
 * The array of the {@link Queue}, its three indices, and the batches that jobs are encoded into. There may be settled
 * jobs after the head: those that were dropped, failed to encode, or had nothing to send.
 */
export class JobList {
  /** Encoded, in the order of sending. */
  readonly batches: Batch[] = []
  /** Sent or being sent, and not answered. */
  readonly inFlight: Batch[] = []
  /** Jobs are being prepared: a builder or an iterator may add jobs, drop them or close the queue. */
  preparing = false
  /** Encoded batches hold messages of dropped jobs, which are left out when they are sent. */
  dropped = false
  readonly #receiveBuffer: number
  readonly #jobs: Job[] = []
  #head = 0
  #unsent = 0
  #unprepared = 0
  readonly #spare: Batch[] = []
  /** Jobs that are encoded or in flight. */
  #unanswered = 0
  /** Those among them that change names. */
  #changing = 0
  #sequence = 1

  constructor(receiveBuffer: number) {
    this.#receiveBuffer = receiveBuffer
  }

  /** The first job in flight. */
  get head(): Job {
    return this.#jobs[this.#head] as Job
  }

  /** Whether the last batch admits no other job. */
  get lastIsFull(): boolean {
    const last = this.batches.at(-1)
    return last !== undefined && isFull(last)
  }

  push(job: Job): void {
    this.#jobs.push(job)
  }

  /** Prepares jobs in order, up to the first that has to wait. */
  prepare(): void {
    if (this.preparing) return
    this.preparing = true
    while (this.#unprepared < this.#jobs.length) {
      const job = this.#jobs[this.#unprepared] as Job
      if (job.state === 'waiting') {
        if (job.waitsFor === 'names' && this.#changing > 0) break
        if (job.waitsFor === 'all' && this.#unanswered > 0) break
        this.#unprepared++
        this.#encode(job, this.#unprepared)
      } else this.#unprepared++
    }
    this.preparing = false
    if (this.#unanswered === 0) this.#compact()
  }

  /** Prepares one job, and encodes it. `end` is the index after it. */
  #encode(job: Job, end: number): void {
    try {
      job.prepare()
      if (job.state !== 'waiting') return
      if (job.waitsFor === 'all') this.#finish(job)
      else this.#append(job, end)
    } catch (error) {
      if (job.state === 'waiting') this.reject(job, () => error)
    }
  }

  /** Encodes a job into a batch. */
  #append(job: Job, end: number): void {
    const batch = this.#batchFor(job)
    job.encode(batch.out)
    if (job.state !== 'waiting') return
    if (job.count === 0) {
      job.succeed()
      this.#finish(job)
      return
    }
    if (batch !== this.batches.at(-1)) this.batches.push(batch)
    batch.add(job, end)
    job.state = 'encoded'
    this.#unanswered++
    if (job.changesNames) this.#changing++
  }

  /**
   * The batch that a job joins. Blocking jobs have batches of their own, so that other jobs do not wait for a thread.
   */
  #batchFor(job: Job): Batch {
    const last = this.batches.at(-1)
    const fits =
      last !== undefined &&
      !job.alone &&
      job.blocking === last.blocking &&
      last.cost + job.cost <= this.#receiveBuffer &&
      !isFull(last)
    if (fits) return last
    const batch = this.#spare.pop() ?? new Batch()
    batch.reset()
    return batch
  }

  /** Moves the next batch that has something to send into flight. */
  start(): Batch | undefined {
    for (;;) {
      this.#compact()
      const batch = this.batches.shift()
      if (batch === undefined) {
        this.dropped = false
        return undefined
      }
      batch.seal(this.#jobs, this.#unsent, this.#sequence)
      this.#unsent = batch.end
      if (batch.count === 0) {
        this.recycle(batch)
        continue
      }
      this.#sequence += batch.count
      batch.sending = batch.blocking || isLarge(batch)
      this.inFlight.push(batch)
      this.#skipSettled()
      return batch
    }
  }

  /** Settles the job at the head, which the kernel is done with, and moves the head on. */
  pass(job: Job): void {
    this.forget(job)
    this.#finish(job)
    this.#head++
    this.#skipSettled()
  }

  /** Moves the head to the next job that is in flight, and retires batches that have none. */
  #skipSettled(): void {
    while (this.#head < this.#unsent && this.#jobs[this.#head]?.state === 'settled') this.#head++
    for (;;) {
      const [batch] = this.inFlight
      if (batch === undefined || this.#head < batch.end) return
      this.inFlight.shift()
      if (!batch.sending) this.recycle(batch)
    }
  }

  /** Removes an encoded job from the counts of unanswered jobs. */
  forget(job: Job): void {
    this.#unanswered--
    if (job.changesNames) this.#changing--
  }

  reject(job: Job, reason: Reason): void {
    if (job.state === 'settled') return
    if (job.state !== 'abandoned') job.fail(reason)
    this.#finish(job)
  }

  #finish(job: Job): void {
    job.state = 'settled'
    job.release()
  }

  recycle(batch: Batch): void {
    if (this.#spare.length < 3) this.#spare.push(batch)
  }

  /** Removes settled jobs from the front of the array. */
  #compact(): void {
    const settled = this.#unanswered === 0 && this.batches.length === 0 ? this.#unprepared : this.#head
    if (settled < this.#jobs.length && settled < COMPACT) return
    if (settled === this.#jobs.length) this.#jobs.length = 0
    else this.#jobs.splice(0, settled)
    this.#head = Math.max(this.#head - settled, 0)
    this.#unsent = Math.max(this.#unsent - settled, 0)
    this.#unprepared -= settled
    for (const batch of this.inFlight) batch.end -= settled
    for (const batch of this.batches) batch.end -= settled
  }

  /** Fails all unsettled jobs, in order, and empties the array. */
  close(reason: Reason): void {
    const jobs = this.#jobs.splice(0)
    let index = this.#head
    for (const batch of this.inFlight.splice(0)) {
      const own = jobs.slice(index, batch.end)
      index = batch.end
      for (const job of own) if (job.state === 'inFlight') job.fail(reason)
      if (batch.sending) {
        batch.unreleased = own.filter(({ state }) => state !== 'settled')
        for (const job of own) job.state = 'settled'
      } else for (const job of own) if (job.state !== 'settled') this.#finish(job)
    }
    for (; index < jobs.length; index++) this.reject(jobs[index] as Job, reason)
    this.batches.length = 0
  }
}

/** Whether a batch is sent from the thread pool because of its size. */
export function isLarge({ out }: Batch): boolean {
  return out.at > THREAD_BYTES
}

function isFull(batch: Batch): boolean {
  return batch.alone || batch.out.at >= BATCH_BYTES
}
