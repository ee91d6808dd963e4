import type { ErrorMessage, Writer } from '../../protocol/index.js'
import type { Request } from './request.js'

/**
 * Where a job stands; only the queue changes it.
 *
 *     waiting → encoded → inFlight → settled
 *     waiting → settled               a barrier that was reached; dropped; could not be encoded
 *     encoded → settled               dropped: its message is left out when the batch is sent
 *     inFlight → abandoned → settled  dropped: the caller has its answer, the kernel's is still to come
 */
export type JobState = 'waiting' | 'encoded' | 'inFlight' | 'abandoned' | 'settled'

/** What an error says a job was: its message's name and its subject. */
export type Label = Pick<Request, 'name' | 'subject'>

/** Makes the error of each job that a failure concerns. */
export type Reason = (label: Label) => unknown

/** One entry of the queue: a request, a chunk of a bulk, a transaction, or a dump that waits for its turn. */
export interface Job {
  state: JobState
  /** The sequence number of its first message; the queue gives it when the batch is sent. */
  first: number
  /** How many messages it was encoded as. */
  count: number
  /** What has to be answered before it is prepared: nothing, earlier jobs that change names, or all earlier jobs. */
  readonly waitsFor: 'nothing' | 'names' | 'all'
  /** Sent in a batch of its own. */
  readonly alone: boolean
  /** Settled by an acknowledgement, as opposed to a message of the kernel or to one that it asks for itself. */
  readonly acknowledged: boolean
  /** What its answers may take of the receive buffer, bytes. */
  readonly cost: number
  /** Link names may stand for other links afterwards. Valid once it is prepared, as is `blocking`. */
  readonly changesNames: boolean
  /** The kernel may take milliseconds over it, so it is sent from the thread pool. */
  readonly blocking: boolean

  /** Resolves names and builds the request. @throws what the job fails with */
  prepare(): void
  /** Appends its messages. @throws what the job fails with; what was written is taken back */
  encode(out: Writer): void
  /** Handles an answer to its message number `index`; true when that settles it. @throws what the job fails with */
  acknowledge(index: number, answer: ErrorMessage): boolean
  /** Handles a message that answers its message number `index`; true when that settles it. @throws what the job fails with */
  reply(index: number, type: number, view: DataView, at: number, length: number): boolean
  /** A later message was answered and this one was not, so the kernel carried it out. */
  succeed(): void
  /** The socket dropped messages while it was in flight: refusals of its messages may be among them. */
  lose(): void
  fail(reason: Reason): void
  /** Called once, when the kernel is done with it: frees what its messages refer to. */
  release(): void
}
