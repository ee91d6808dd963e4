import type { Batch } from './batch.js'
import { MESSAGES_LOST } from './errors.js'
import type { Job, Reason, Sent } from './job.js'
import { isLarge, JobList } from './job-list.js'
import { Place } from './place.js'

export type QueueState = 'idle' | 'scheduled' | 'flushing' | 'sending' | 'receiving' | 'closed'

/** Callbacks into the connection. */
export interface QueueIo {
  /** The receive buffer, bytes: the answers of the batches in flight have to fit into it. */
  readonly receiveBuffer: number
  /** Calls `due` in a microtask, or in an immediate when the tick's budget is spent. */
  schedule(): void
  /** Whether the tick has lasted as long as it may before the event loop continues. */
  tickBudgetSpent(): boolean
  /** Sends a small batch and reads the answers that are there. */
  send(batch: Batch): void
  /** Sends a batch from the thread pool, and calls `sent`, then `advance`, when that is done. */
  sendAsync(batch: Batch): void
  /** Reads the answers that are there. */
  poll(): void
  /** Calls `poll`, then `advance`, whenever there is something to read; false stops that. */
  setPolling(polling: boolean): void
  /** Calls `overdue` when this batch has not been answered in time; undefined stops that. */
  setDeadline(oldest: Batch | undefined): void
}

/**
 * All requests of a connection, in call order. Pure: it uses no sockets, clocks or promises.
 *
 *     jobs:  settled | in flight: up to two batches | encoded, in batches | waiting, and places that are kept
 *                    ^ #head                        ^ #unsent
 *
 * | from | on | to | does |
 * |---|---|---|---|
 * | idle | job | scheduled | |
 * | scheduled | due, or a full batch | flushing | prepares jobs, and sends batch after batch |
 * | flushing | small batch sent and answered | flushing; scheduled when the tick's budget is spent; idle | settles in order |
 * | flushing | large or blocking batch | sending | sends from the thread pool |
 * | flushing, sending | sent, unanswered | receiving | polls, up to the deadline of the oldest batch |
 * | sending, receiving | everything answered | flushing | |
 * | receiving | deadline | flushing | TimeoutError for what is unanswered of that batch |
 * | sending | deadline | same | the same; TimeoutError for what waits since the deadline before |
 * | any | answers lost | same | asks questions again, before all that waits; fails changes |
 * | any | signal | same | rejects the job; one that is not sent is removed |
 * | any | close | closed | rejects what is not settled, in order |
 *
 * Invariants:
 *  - Jobs are prepared in call order; each settles exactly once, in that order unless it is dropped,
 *    fails to encode, has nothing to send, or is asked again.
 *  - Jobs of a place are prepared before what was asked after the place was kept.
 *  - A job that waits for names is prepared when no earlier job that changes names is unanswered, a job that waits for
 *    all when no earlier job is unanswered. Jobs after it wait too. A job with nothing to wait for is prepared at once.
 *  - Two batches are in flight only if both are large, neither blocks nor changes names, the answers to both fit the
 *    receive buffer, and the first has been sent.
 *  - The sequence numbers of a batch are contiguous.
 *  - Jobs are never prepared while the socket is being read or written; preparing may add jobs, or close the queue.
 *    A job that has to wait keeps a copy of what the caller may change.
 *  - Answers come in the order of the messages. Without a loss (ENOBUFS), an answer proves that all earlier messages
 *    were handled: those without an answer of their own were carried out. ENOBUFS concerns the whole socket: a job that
 *    is in flight then succeeds only if its own answer arrives.
 */
export class Queue implements Sent {
  readonly #io: QueueIo
  readonly #list: JobList
  #state: QueueState = 'idle'
  #polling = false
  /** The batch that has a deadline. */
  #timed: Batch | undefined
  /** What was not sent at the last deadline of a batch that a thread is still sending. */
  #stuck: readonly Job[] = []

  constructor(io: QueueIo) {
    this.#io = io
    this.#list = new JobList(io.receiveBuffer)
  }

  get state(): QueueState {
    return this.#state
  }

  /** The batches that are sent, or being sent, and not answered; the oldest first. */
  get inFlight(): readonly Batch[] {
    return this.#list.inFlight
  }

  /** Puts a job at the end, or at the end of a place. The queue must not be closed. */
  add(job: Job, place?: Place): void {
    this.#list.push(job, place)
    this.#list.prepare()
    if (job.state === 'waiting') this.#keep(job)
    this.#begin()
  }

  #keep(job: Job): void {
    try {
      job.keep()
    } catch (error) {
      this.drop(job, () => error)
    }
  }

  /** Keeps a place at the end, or at the end of another place: what is added later waits until it is left. */
  keepPlace(within?: Place): Place {
    const place = new Place(() => {
      this.#list.prepare()
      this.#begin()
    })
    this.#list.push(place, within)
    return place
  }

  /** The socket is being read: nothing is prepared or sent meanwhile, whatever a codec asks for. */
  set reading(reading: boolean) {
    this.#list.locked = reading
  }

  /** Call at the time that `schedule` has set. */
  due(): void {
    if (this.#state === 'scheduled') this.#flush()
  }

  /** A thread has sent the batch, or failed to. */
  sent(batch: Batch, failure?: Reason): void {
    batch.sending = false
    this.#stuck = []
    for (const job of batch.unreleased) job.release()
    if (this.#list.inFlight.includes(batch)) {
      batch.failure ??= failure
      this.#follow()
    } else this.#list.recycle(batch)
  }

  /** Call after answers were read or a batch was sent: settles, sends and waits as far as the state allows. */
  advance(): void {
    if (this.#state !== 'sending' && this.#state !== 'receiving') return
    this.#settleFailed()
    this.#follow()
    const [oldest] = this.#list.inFlight
    if (oldest === undefined) {
      if (this.#list.batches.length > 0 && this.#io.tickBudgetSpent()) this.#enter('scheduled')
      else this.#flush()
    } else if (this.#list.inFlight.some(({ sending }) => sending)) this.#enter('sending')
    else this.#enter('receiving')
  }

  /**
   * The job that a message with this sequence number answers, after all earlier ones have been settled; undefined when
   * it answers no job, or a settled one.
   */
  take(sequence: number): Job | undefined {
    const batch = this.#batchOf(sequence)
    if (batch === undefined) return undefined
    const number = batch.first + ((sequence - batch.first) >>> 0)
    for (;;) {
      const job = this.#list.head
      if (job.first > number) return undefined
      if (job.first + job.count > number) {
        if (batch.lost) job.lose()
        return job
      }
      this.#settleUnanswered(job)
    }
  }

  /** The job that `take` gave has all its answers. */
  answered(job: Job): void {
    this.#list.pass(job)
  }

  /** The answer to the job that `take` gave is lost: it is asked again, or fails. */
  missed(job: Job, reason: Reason): void {
    if (job.state === 'inFlight' && job.repeats(this)) {
      this.#list.again(job)
      return
    }
    if (job.state === 'inFlight') job.fail(reason)
    this.#list.pass(job)
  }

  message(sequence: number): Uint8Array {
    const batch = this.#batchOf(sequence)
    if (batch === undefined) throw new RangeError(`no message with the number ${sequence} is in flight`)
    return batch.message((sequence - batch.first) >>> 0)
  }

  /** The batch in flight with the message of this sequence number. */
  #batchOf(sequence: number): Batch | undefined {
    for (const batch of this.#list.inFlight) if ((sequence - batch.first) >>> 0 < batch.count) return batch
    return undefined
  }

  /** The socket dropped messages (ENOBUFS). */
  lose(): void {
    for (const batch of this.#list.inFlight) batch.lost = true
  }

  /** There is nothing more to read: what a socket that dropped messages has not given does not come. */
  drained(): void {
    this.fail(
      this.#list.inFlight.filter(({ lost }) => lost),
      MESSAGES_LOST,
    )
  }

  /**
   * The oldest batch has not been answered in time. While a thread is still sending it, what waits behind it times out
   * as well, at the next deadline.
   */
  overdue(reason: Reason): void {
    const [batch] = this.#list.inFlight
    if (batch === undefined) return
    if (batch.sending) {
      const waited = this.#stuck
      this.#list.abandon(reason)
      this.#stuck = this.#list.unsent()
      for (const job of waited) this.drop(job, reason)
    } else {
      this.fail([batch], reason)
      this.advance()
    }
  }

  /**
   * Fails the unanswered jobs of these batches; those of a batch that a thread is sending fail once it has been sent.
   */
  fail(batches: readonly Batch[], reason: Reason): void {
    for (const batch of batches) batch.failure ??= reason
    this.#settleFailed()
  }

  /** Fails a job at once. It is removed if it is not sent; in flight, its answer is ignored. */
  drop(job: Job, reason: Reason): void {
    const { state } = job
    if (state === 'settled' || state === 'abandoned') return
    if (state === 'inFlight') {
      job.state = 'abandoned'
      job.fail(reason)
      return
    }
    if (state === 'encoded') {
      this.#list.forget(job)
      this.#list.dropped = true
    }
    this.#list.reject(job, reason)
    this.#list.prepare()
  }

  /** Fails everything that is not settled, in order. Idempotent. */
  close(reason: Reason): void {
    if (this.#state === 'closed') return
    this.#enter('closed')
    this.#list.close(reason)
  }

  /** The one place where the state changes. */
  #enter(state: QueueState): void {
    if (this.#state === 'closed') return
    const polling = state === 'receiving'
    const timed = polling || state === 'sending' ? this.#list.inFlight[0] : undefined
    this.#state = state
    if (timed !== this.#timed) {
      this.#timed = timed
      this.#io.setDeadline(timed)
    }
    if (polling !== this.#polling) {
      this.#polling = polling
      this.#io.setPolling(polling)
    }
    if (state === 'scheduled') this.#io.schedule()
  }

  /** Sends batches until one of them has to be waited for. */
  #flush(): void {
    this.#enter('flushing')
    while (this.#state === 'flushing') {
      this.#list.prepare()
      this.#enter(this.#sendNext())
    }
  }

  /** Sends the next batch. Returns the state that this leads to. */
  #sendNext(): QueueState {
    const batch = this.#list.start()
    if (batch === undefined) return 'idle'
    if (batch.sending) {
      this.#io.sendAsync(batch)
      return 'sending'
    }
    this.#io.send(batch)
    if (this.#list.inFlight.length > 0) return 'receiving'
    return this.#list.batches.length > 0 && this.#io.tickBudgetSpent() ? 'scheduled' : 'flushing'
  }

  /** Sends what is encoded: at the end of the tick, or now if the last batch is full. */
  #begin(): void {
    if (this.#state === 'idle' && this.#list.batches.length > 0) this.#enter('scheduled')
    if (this.#list.lastIsFull) this.#push()
  }

  #push(): void {
    if (this.#list.locked) return
    if (this.#state === 'scheduled') this.#flush()
    else if (this.#state === 'sending' || this.#state === 'receiving') {
      // The kernel may be done with the batch in flight although the thread has not reported that yet.
      this.#io.poll()
      this.advance()
    }
  }

  /** Sends a second large batch after one that is sent and not answered. */
  #follow(): void {
    const [first, second] = this.#list.inFlight
    const [next] = this.#list.batches
    if (first === undefined || second !== undefined || next === undefined) return
    if (this.#list.dropped || first.sending || first.failure || !pipelines(first) || !pipelines(next)) return
    if (first.cost + next.cost > this.#io.receiveBuffer) return
    this.#list.start()
    this.#enter('sending')
    this.#io.sendAsync(next)
  }

  /** Settles a job without an answer, after a later message was answered. */
  #settleUnanswered(job: Job): void {
    if (this.#list.inFlight[0]?.lost) {
      this.missed(job, MESSAGES_LOST)
      return
    }
    if (job.state === 'inFlight') job.succeed()
    this.#list.pass(job)
  }

  /** Settles failed batches in order: one after a batch that may still be answered waits for that. */
  #settleFailed(): void {
    for (;;) {
      const [batch] = this.#list.inFlight
      const reason = batch?.failure
      if (batch === undefined || reason === undefined || batch.sending) return
      while (this.#list.inFlight[0] === batch) {
        const job = this.#list.head
        if (reason === MESSAGES_LOST) this.missed(job, reason)
        else {
          if (job.state === 'inFlight') job.fail(reason)
          this.#list.pass(job)
        }
      }
    }
  }
}

function pipelines(batch: Batch): boolean {
  return isLarge(batch) && !batch.blocking && !batch.changesNames
}
