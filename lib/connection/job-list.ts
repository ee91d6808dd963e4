import { Batch } from './batch.js'
import type { Job, Reason } from './job.js'
import { BATCH_BYTES, THREAD_BYTES } from './limits.js'
import { type Place, Waiting } from './place.js'

/** Settled jobs are removed from the array's front in steps of this many. */
const COMPACT = 1024

/**
 * The jobs of the {@link Queue}: those that wait, those that are encoded or in flight with their two indices, and the
 * batches that they are encoded into. There may be settled jobs after the head: those that were dropped.
 */
export class JobList {
  /** Encoded, in the order of sending. */
  readonly batches: Batch[] = []
  /** Sent or being sent, and not answered. */
  readonly inFlight: Batch[] = []
  /**
   * Jobs are being prepared, or the socket is being read: a builder, an iterator or a codec may add jobs, drop them or
   * close the queue meanwhile.
   */
  locked = false
  /** Encoded batches hold messages of dropped jobs, which are left out when they are sent. */
  dropped = false
  readonly #receiveBuffer: number
  /** Not prepared yet. */
  readonly #waiting = new Waiting()
  /** Questions that were sent, and are asked again before everything that is not sent. */
  readonly #repeats: Job[] = []
  /** The job that is being prepared. */
  #current: Job | undefined
  /** Encoded and in flight, in the order in which they were prepared. */
  readonly #jobs: Job[] = []
  #head = 0
  #unsent = 0
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

  /** Puts a job, or a place, at the end of a place that is kept; at the end of all, if there is none. */
  push(entry: Job | Place, place: Place | undefined): void {
    const waiting = place?.kept ? place.waiting : this.#waiting
    waiting.push(entry)
  }

  /** Prepares jobs in order, up to the first that has to wait. */
  prepare(): void {
    if (this.locked) return
    this.locked = true
    if (this.#repeats.length > 0) this.#encodeRepeats()
    for (;;) {
      const job = this.#waiting.first()
      if (job === undefined) break
      if (job.state === 'waiting') {
        if (job.waitsFor === 'names' && this.#changing > 0) break
        if (job.waitsFor === 'all' && this.#unanswered > 0) break
        this.#waiting.shift()
        this.#encode(job)
      } else this.#waiting.shift()
    }
    this.locked = false
    if (this.#unanswered === 0) this.#compact()
  }

  /** Prepares one job, and encodes it. */
  #encode(job: Job): void {
    this.#current = job
    try {
      job.prepare()
      if (job.state !== 'waiting') return
      if (job.waitsFor === 'all') this.#finish(job)
      else this.#append(job)
    } catch (error) {
      if (job.state === 'waiting') this.reject(job, () => error)
    } finally {
      this.#current = undefined
    }
  }

  /** Encodes a job into a batch. */
  #append(job: Job): void {
    const batch = this.#batchFor(job, this.batches.at(-1))
    job.encode(batch.out)
    if (job.state !== 'waiting') return
    if (job.count === 0) {
      job.succeed()
      this.#finish(job)
      return
    }
    if (batch !== this.batches.at(-1)) this.batches.push(batch)
    this.#jobs.push(job)
    batch.add(job, this.#jobs.length)
    this.#encoded(job)
  }

  #encoded(job: Job): void {
    job.state = 'encoded'
    this.#unanswered++
    if (job.changesNames) this.#changing++
  }

  /** Encodes questions once more, into batches before all others. */
  #encodeRepeats(): void {
    const batches: Batch[] = []
    let end = this.#unsent
    for (const job of this.#repeats.splice(0)) {
      if (job.state !== 'waiting') continue
      const batch = this.#batchFor(job, batches.at(-1))
      job.encode(batch.out)
      if (batch !== batches.at(-1)) batches.push(batch)
      this.#jobs.splice(end++, 0, job)
      batch.add(job, end)
      this.#encoded(job)
    }
    for (const batch of this.batches) batch.end += end - this.#unsent
    this.batches.unshift(...batches)
  }

  /**
   * The batch that a job joins: the last one, or a new one. A blocking job has a batch of its own: others would wait for a thread, and what it takes
   * would count towards their timeouts.
   */
  #batchFor(job: Job, last: Batch | undefined): Batch {
    const fits =
      last !== undefined &&
      !job.alone &&
      !job.blocking &&
      !last.blocking &&
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

  /** Takes the job at the head out of flight, to be sent again. */
  again(job: Job): void {
    this.forget(job)
    job.state = 'waiting'
    job.count = 0
    this.#repeats.push(job)
    this.#head++
    this.#skipSettled()
  }

  /** Fails the jobs of the oldest batch in flight; they stay until the kernel is done with them. */
  abandon(reason: Reason): void {
    const [batch] = this.inFlight
    if (batch === undefined) return
    for (const job of this.#jobs.slice(this.#head, batch.end)) {
      if (job.state !== 'inFlight') continue
      job.state = 'abandoned'
      job.fail(reason)
    }
  }

  /** What is not sent, in order. */
  unsent(): Job[] {
    const all = [...this.#repeats, ...this.#jobs.slice(this.#unsent), ...this.#waiting.all()]
    return all.filter(({ state }) => state === 'encoded' || state === 'waiting')
  }

  /** Moves the head to the next job that the kernel is not done with, and retires batches that have none. */
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
    const settled = this.#unanswered === 0 && this.batches.length === 0 ? this.#jobs.length : this.#head
    if (settled < this.#jobs.length && settled < COMPACT) return
    if (settled === this.#jobs.length) this.#jobs.length = 0
    else this.#jobs.splice(0, settled)
    this.#head = Math.max(this.#head - settled, 0)
    this.#unsent = Math.max(this.#unsent - settled, 0)
    for (const batch of this.inFlight) batch.end -= settled
    for (const batch of this.batches) batch.end -= settled
  }

  /** Fails all unsettled jobs, in order, and empties the list. */
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
    for (const job of this.#repeats.splice(0)) this.reject(job, reason)
    for (; index < jobs.length; index++) this.reject(jobs[index] as Job, reason)
    if (this.#current) this.reject(this.#current, reason)
    const waiting = this.#waiting.all()
    this.#waiting.clear()
    for (const job of waiting) this.reject(job, reason)
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
