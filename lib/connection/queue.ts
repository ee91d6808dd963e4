import { Batch } from './batch.js'
import { MESSAGES_LOST } from './errors.js'
import type { Job, Reason } from './job.js'

/** The most that is sent in one system call, bytes. */
export const BATCH_BYTES = 256 * 1024
/**
 * Batches above this size are sent from the thread pool: the hand-over costs 33 µs, and `send` would block the event loop for
 * longer.
 */
export const THREAD_BYTES = 32 * 1024
/** Settled jobs are removed from the array's front in steps of this many. */
const COMPACT = 1024

export type QueueState = 'idle' | 'scheduled' | 'flushing' | 'sending' | 'receiving' | 'closed'

/** What the queue has done by its connection. */
export interface QueueIo {
  /** The receive buffer, bytes: what the answers of the batches in flight have to fit into. */
  readonly receiveBuffer: number
  /** Has `due` called once the current tick, or the current phase of the event loop, is over. */
  schedule(): void
  /** Whether the event loop has waited long enough. */
  tickBudgetSpent(): boolean
  /** Sends a small batch and reads the answers that are there. */
  send(batch: Batch): void
  /** Sends a batch from the thread pool, and calls `sent`, then `advance`, when that is done. */
  sendAsync(batch: Batch): void
  /** Reads the answers that are there. */
  poll(): void
  /** Reads answers as they come, and fails the batch at its deadline; calls `advance` afterwards. */
  startReceiving(oldest: Batch): void
  stopReceiving(): void
}

/**
 * All that a connection was asked for, in the order asked. Pure: it knows no socket, no clock and no promise.
 *
 *     jobs:  settled | in flight: up to two batches | encoded, in batches | waiting
 *                    ^ #head                        ^ #unsent             ^ #unprepared
 *
 * | from | on | to | does |
 * |---|---|---|---|
 * | idle | job | scheduled | |
 * | scheduled | due, or a full batch | flushing | prepares jobs, and sends batch after batch |
 * | flushing | small batch sent and answered | flushing; scheduled when the tick's budget is spent; idle | settles in order |
 * | flushing | large or blocking batch | sending | sends from the thread pool |
 * | flushing, sending | sent, unanswered | receiving | polls, up to the deadline of the oldest batch |
 * | sending, receiving | everything answered | flushing | |
 * | any | close | closed | rejects what is not settled, in order |
 *
 * Invariants:
 *  - Jobs are prepared in the order asked; each settles exactly once, in that order unless it is dropped,
 *    fails to encode, or has nothing to send.
 *  - A job that waits for names is prepared when no earlier job that changes names is unanswered, a job that waits for all
 *    when none is. Jobs behind it wait with it. A job with nothing to wait for is prepared at once.
 *  - Two batches are in flight only if both are large, neither blocks nor changes names, the answers to both fit the receive
 *    buffer, and the first has been sent.
 *  - The sequence numbers of a batch are contiguous.
 *  - Jobs are prepared in no state in which the socket is being read or written; preparing may add jobs, or close the queue.
 *  - Answers come in the order of the messages. Without a loss (ENOBUFS), an answer proves that all earlier messages were
 *    handled: those without an answer of their own were carried out. ENOBUFS belongs to the socket: what is in flight then
 *    succeeds by an answer of its own only.
 */
export class Queue {
  readonly #io: QueueIo
  #state: QueueState = 'idle'
  readonly #jobs: Job[] = []
  #head = 0
  #unsent = 0
  #unprepared = 0
  /** Encoded, in the order of sending. */
  readonly #batches: Batch[] = []
  readonly #inFlight: Batch[] = []
  readonly #spare: Batch[] = []
  #receiving: Batch | undefined
  #preparing = false
  /** Jobs that are encoded or in flight. */
  #unanswered = 0
  /** Those among them that change names. */
  #changing = 0
  #sequence = 1
  /** Encoded batches hold messages of dropped jobs: they may be smaller than they look, so they are not pipelined. */
  #dropped = false

  constructor(io: QueueIo) {
    this.#io = io
  }

  get state(): QueueState {
    return this.#state
  }

  /** The batches that are sent, or being sent, and not answered; the oldest first. */
  get inFlight(): readonly Batch[] {
    return this.#inFlight
  }

  /** Puts a job at the end. The queue must not be closed. */
  add(job: Job): void {
    this.#jobs.push(job)
    this.#prepare()
    if (this.#state === 'idle' && this.#batches.length > 0) this.#enter('scheduled')
    if (this.#batches.length > 0 && this.#isFull(this.#batches.at(-1) as Batch)) this.#push()
  }

  /** The scheduled time has come. */
  due(): void {
    if (this.#state === 'scheduled') this.#flush()
  }

  /** A thread has sent the batch, or failed to. */
  sent(batch: Batch, failure?: Reason): void {
    batch.sending = false
    for (const job of batch.unreleased) job.release()
    if (this.#inFlight.includes(batch)) {
      batch.failure ??= failure
      this.#follow()
    } else this.#recycle(batch)
  }

  /** Answers were read, or a batch was sent: goes on with what that makes possible. */
  advance(): void {
    if (this.#state !== 'sending' && this.#state !== 'receiving') return
    this.#settleFailed()
    this.#follow()
    const [oldest] = this.#inFlight
    if (oldest === undefined) {
      if (this.#batches.length > 0 && this.#io.tickBudgetSpent()) this.#enter('scheduled')
      else this.#flush()
    } else if (this.#inFlight.some(({ sending }) => sending)) this.#enter('sending')
    else this.#enter('receiving')
  }

  /**
   * The job that a message with this sequence number answers, after all earlier ones have been settled; undefined when it
   * answers none, or one that is settled.
   */
  take(sequence: number): Job | undefined {
    for (const batch of this.#inFlight) {
      const index = (sequence - batch.first) >>> 0
      if (index >= batch.count) continue
      const number = batch.first + index
      for (;;) {
        const job = this.#jobs[this.#head] as Job
        if (job.first > number) return undefined
        if (job.first + job.count > number) {
          if (batch.lost) job.lose()
          return job
        }
        this.#settleUnanswered(job)
      }
    }
    return undefined
  }

  /** The job that `take` gave has all its answers. */
  answered(job: Job): void {
    this.#pass(job)
  }

  /** The socket dropped messages (ENOBUFS). */
  lose(): void {
    for (const batch of this.#inFlight) batch.lost = true
  }

  /** Fails what is in flight in these batches and has no answer; of one that a thread is sending, when that is done. */
  fail(batches: readonly Batch[], reason: Reason): void {
    for (const batch of batches) batch.failure ??= reason
    this.#settleFailed()
  }

  /** Fails a job for a reason of its caller's: removed when it is not sent; in flight, its answer is ignored. */
  drop(job: Job, reason: Reason): void {
    const { state } = job
    if (state === 'settled' || state === 'abandoned') return
    if (state === 'inFlight') {
      job.state = 'abandoned'
      job.fail(reason)
      return
    }
    if (state === 'encoded') {
      this.#forget(job)
      this.#dropped = true
    }
    this.#reject(job, reason)
    this.#prepare()
  }

  /** Fails everything that is not settled, in order. Idempotent. */
  close(reason: Reason): void {
    if (this.#state === 'closed') return
    this.#enter('closed')
    const jobs = this.#jobs.splice(0)
    let index = this.#head
    for (const batch of this.#inFlight.splice(0)) {
      if (batch.sending) batch.unreleased = jobs.slice(index, batch.end).filter(isUnanswered)
      for (const job of batch.unreleased) if (job.state === 'inFlight') this.drop(job, reason)
      for (const job of batch.unreleased) job.state = 'settled'
      for (; index < batch.end; index++) this.#reject(jobs[index] as Job, reason)
    }
    for (; index < jobs.length; index++) this.#reject(jobs[index] as Job, reason)
    this.#batches.length = 0
  }

  /** The one place where the state changes. */
  #enter(state: QueueState): void {
    if (this.#state === 'closed') return
    const oldest = state === 'receiving' ? this.#inFlight[0] : undefined
    if (this.#receiving !== oldest) {
      if (this.#receiving) this.#io.stopReceiving()
      this.#receiving = oldest
      if (oldest) this.#io.startReceiving(oldest)
    }
    this.#state = state
    if (state === 'scheduled') this.#io.schedule()
  }

  /** Sends batch after batch, until one has to be waited for. */
  #flush(): void {
    this.#enter('flushing')
    while (this.#state === 'flushing') {
      this.#prepare()
      this.#enter(this.#sendNext())
    }
  }

  /** Sends the next batch. Returns the state that this leads to. */
  #sendNext(): QueueState {
    const batch = this.#start()
    if (batch === undefined) return 'idle'
    if (batch.sending) {
      this.#io.sendAsync(batch)
      return 'sending'
    }
    this.#io.send(batch)
    if (this.#inFlight.length > 0) return 'receiving'
    return this.#batches.length > 0 && this.#io.tickBudgetSpent() ? 'scheduled' : 'flushing'
  }

  /** The last batch is full: it need not wait for the end of the tick. */
  #push(): void {
    if (this.#preparing) return
    if (this.#state === 'scheduled') this.#flush()
    else if (this.#state === 'sending' || this.#state === 'receiving') {
      // The kernel may be done with the batch in flight although the thread has not reported that yet.
      this.#io.poll()
      this.advance()
    }
  }

  /** Sends a second large batch behind one that is sent and not answered. */
  #follow(): void {
    const [first, second] = this.#inFlight
    const [next] = this.#batches
    if (first === undefined || second !== undefined || next === undefined) return
    if (this.#dropped || first.sending || first.failure || !pipelines(first) || !pipelines(next)) return
    if (first.cost + next.cost > this.#io.receiveBuffer) return
    this.#start()
    this.#enter('sending')
    this.#io.sendAsync(next)
  }

  /** Moves the next batch that has something to send into flight. */
  #start(): Batch | undefined {
    for (;;) {
      this.#compact()
      const batch = this.#batches.shift()
      if (batch === undefined) {
        this.#dropped = false
        return undefined
      }
      batch.seal(this.#jobs, this.#unsent, this.#sequence)
      this.#unsent = batch.end
      if (batch.count === 0) {
        this.#recycle(batch)
        continue
      }
      this.#sequence += batch.count
      batch.sending = batch.blocking || isLarge(batch)
      this.#inFlight.push(batch)
      this.#skipSettled()
      return batch
    }
  }

  /** Prepares jobs from the first that is not, up to one that has to wait. */
  #prepare(): void {
    // A builder or an iterator may add jobs, drop them or close the queue: the outer loop sees to that.
    if (this.#preparing) return
    this.#preparing = true
    while (this.#unprepared < this.#jobs.length) {
      const job = this.#jobs[this.#unprepared] as Job
      if (job.state === 'waiting') {
        if (job.waitsFor === 'names' && this.#changing > 0) break
        if (job.waitsFor === 'all' && this.#unanswered > 0) break
        this.#unprepared++
        this.#encode(job, this.#unprepared)
      } else this.#unprepared++
    }
    this.#preparing = false
    if (this.#unanswered === 0) this.#compact()
  }

  /** Prepares one job, and encodes it. `end` is the index behind it. */
  #encode(job: Job, end: number): void {
    try {
      job.prepare()
      if (job.state !== 'waiting') return
      if (job.waitsFor === 'all') this.#finish(job)
      else this.#append(job, end)
    } catch (error) {
      if (job.state === 'waiting') this.#reject(job, () => error)
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
    if (batch !== this.#batches.at(-1)) this.#batches.push(batch)
    batch.add(job, end)
    job.state = 'encoded'
    this.#unanswered++
    if (job.changesNames) this.#changing++
  }

  /** The batch that a job joins. What blocks is sent apart, so that the jobs around it need not wait for a thread. */
  #batchFor(job: Job): Batch {
    const last = this.#batches.at(-1)
    const fits =
      last !== undefined &&
      !job.alone &&
      job.blocking === last.blocking &&
      last.cost + job.cost <= this.#io.receiveBuffer &&
      !this.#isFull(last)
    if (fits) return last
    const batch = this.#spare.pop() ?? new Batch()
    batch.reset()
    return batch
  }

  #isFull(batch: Batch): boolean {
    return batch.alone || batch.out.at >= BATCH_BYTES
  }

  /** Settles a job of which a later message was answered. */
  #settleUnanswered(job: Job): void {
    if (job.state === 'inFlight') {
      const { lost } = this.#inFlight[0] as Batch
      if (lost) job.fail(MESSAGES_LOST)
      else job.succeed()
    }
    this.#pass(job)
  }

  /** Settles what failed, in order: a batch behind one that may still be answered waits for that. */
  #settleFailed(): void {
    for (;;) {
      const [batch] = this.#inFlight
      const reason = batch?.failure
      if (batch === undefined || reason === undefined || batch.sending) return
      while (this.#inFlight[0] === batch) {
        const job = this.#jobs[this.#head] as Job
        if (job.state === 'inFlight') job.fail(reason)
        this.#pass(job)
      }
    }
  }

  /** The kernel is done with the job at the head. */
  #pass(job: Job): void {
    this.#forget(job)
    this.#finish(job)
    this.#head++
    this.#skipSettled()
  }

  /** Moves the head to the next job that is in flight, and retires batches that have none. */
  #skipSettled(): void {
    while (this.#head < this.#unsent && this.#jobs[this.#head]?.state === 'settled') this.#head++
    for (;;) {
      const [batch] = this.#inFlight
      if (batch === undefined || this.#head < batch.end) return
      this.#inFlight.shift()
      if (!batch.sending) this.#recycle(batch)
    }
  }

  /** A job that was encoded counts no more. */
  #forget(job: Job): void {
    this.#unanswered--
    if (job.changesNames) this.#changing--
  }

  #reject(job: Job, reason: Reason): void {
    if (job.state === 'settled') return
    if (job.state !== 'abandoned') job.fail(reason)
    this.#finish(job)
  }

  #finish(job: Job): void {
    job.state = 'settled'
    job.release()
  }

  #recycle(batch: Batch): void {
    if (this.#spare.length < 3) this.#spare.push(batch)
  }

  /** Removes settled jobs from the front of the array. */
  #compact(): void {
    const settled = this.#unanswered === 0 && this.#batches.length === 0 ? this.#unprepared : this.#head
    if (settled < this.#jobs.length && settled < COMPACT) return
    if (settled === this.#jobs.length) this.#jobs.length = 0
    else this.#jobs.splice(0, settled)
    this.#head = Math.max(this.#head - settled, 0)
    this.#unsent = Math.max(this.#unsent - settled, 0)
    this.#unprepared -= settled
    for (const batch of this.#inFlight) batch.end -= settled
    for (const batch of this.#batches) batch.end -= settled
  }
}

function pipelines(batch: Batch): boolean {
  return isLarge(batch) && !batch.blocking && !batch.changesNames
}

function isLarge({ out }: Batch): boolean {
  return out.at > THREAD_BYTES
}

function isUnanswered({ state }: Job): boolean {
  return state === 'inFlight' || state === 'abandoned'
}
