import type { ErrorMessage, Writer } from '../../protocol/index.js'
import type { Request } from './request.js'

/**
 * State of a job; only the queue changes it.
 *
 *     waiting → encoded → inFlight → settled
 *     waiting → settled               a barrier that was reached; dropped; could not be encoded
 *     encoded → settled               dropped: its message is left out when the batch is sent
 *     inFlight → waiting              a question whose answer was lost: it is asked again
 *     inFlight → abandoned → settled  dropped: the caller's promise is settled, the kernel's answer is still to come
 */
export type JobState = 'waiting' | 'encoded' | 'inFlight' | 'abandoned' | 'settled'

/** How errors name a job: its message's name and its subject. */
export type Label = Pick<Request, 'name' | 'subject'>

/** Makes the error of each job that a failure concerns. */
export type Reason = (label: Label) => unknown

/** What has been sent, for errors: the caller's objects may have changed since. */
export interface Sent {
  /** The bytes of the message with this sequence number. They are reused when the batch has been answered. */
  message(sequence: number): Uint8Array
}

/** One entry of the queue: a request, a chunk of a bulk, a transaction, or the barrier of a dump. */
export interface Job {
  state: JobState
  /** The sequence number of its first message; the queue gives it when the batch is sent. */
  first: number
  /** How many messages it was encoded as. */
  count: number
  /** Which answers it waits for before it is prepared: nothing, earlier jobs that change names, or all earlier jobs. */
  readonly waitsFor: 'nothing' | 'names' | 'all'
  /** Sent in a batch of its own. */
  readonly alone: boolean
  /** The batch has to ask for an ACK to settle it. False if a message settles it, or if it asks for an ACK itself. */
  readonly acknowledged: boolean
  /** An upper bound of the space that its answers take in the receive buffer, bytes. */
  readonly cost: number
  /** Afterwards, link names may refer to other links. Valid once it is prepared, as is `blocking`. */
  readonly changesNames: boolean
  /** The kernel may take milliseconds over it, so it is sent from the thread pool. */
  readonly blocking: boolean

  /**
   * It has to wait: copies what the caller may change before it is prepared.
   * @throws the error that the job fails with
   */
  keep(): void
  /**
   * Resolves names and builds the request.
   * @throws the error that the job fails with
   */
  prepare(): void
  /**
   * Appends its messages; on failure, nothing is appended.
   * @throws the error that the job fails with
   */
  encode(out: Writer): void
  /**
   * Handles an answer to its message number `index`; true when that settles it.
   * @throws the error that the job fails with
   */
  acknowledge(index: number, answer: ErrorMessage, sent: Sent): boolean
  /**
   * Handles a message that answers its message number `index`; true when that settles it.
   * @throws the error that the job fails with
   */
  reply(index: number, type: number, view: DataView, at: number, length: number): boolean
  /** A later message was answered and this one was not, so the kernel carried it out. */
  succeed(): void
  /** The socket dropped messages while it was in flight: refusals of its messages may be among them. */
  lose(): void
  /**
   * The socket dropped its answer. Whether it can be asked again, by the same bytes; more room in the receive buffer is
   * kept for the answer then.
   */
  repeats(sent: Sent): boolean
  fail(reason: Reason): void
  /** Called once, when the kernel is done with it: releases the files that its messages refer to. */
  release(): void
}
