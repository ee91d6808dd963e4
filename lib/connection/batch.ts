import { align } from '../../protocol/codec/align.js'
import { messageFlag, Writer } from '../../protocol/index.js'
import type { Job, Reason } from './job.js'

/** Successive jobs of the queue, encoded to be sent in one system call. */
export class Batch {
  readonly out = new Writer()
  /** The index in the queue after its last job. */
  end = 0
  /** The sequence number of its first message. */
  first = 0
  /** How many messages it has, once it is sealed. */
  count = 0
  /** An upper bound of the space that its answers take in the receive buffer, bytes. */
  cost = 0
  /** It holds a job that must be sent in a batch of its own. */
  alone = false
  blocking = false
  changesNames = false
  /** A thread is sending it. */
  sending = false
  /** When it was sent, or given to a thread, ms; its deadline counts from then. */
  sentAt: number | undefined
  /** The socket dropped messages while it was in flight: a job succeeds only if its own answer arrives. */
  lost = false
  /** Error for its jobs without an answer. */
  failure: Reason | undefined
  /** Jobs of a closed connection, to be released once the thread has sent them. */
  unreleased: readonly Job[] = []
  /** The message that was looked up last: its number, and its offset. */
  #index = 0
  #at = 0

  /** Resets the batch but keeps its buffer. */
  reset(): void {
    this.out.at = 0
    this.count = 0
    this.cost = 0
    this.alone = false
    this.blocking = false
    this.changesNames = false
    this.sending = false
    this.sentAt = undefined
    this.lost = false
    this.failure = undefined
    this.unreleased = []
    this.#index = 0
    this.#at = 0
  }

  add(job: Job, end: number): void {
    this.end = end
    this.cost += job.cost
    this.alone ||= job.alone
    this.blocking ||= job.blocking
    this.changesNames ||= job.changesNames
  }

  /**
   * Makes it ready to be sent: numbers the messages from `sequence` on, leaves out those of settled jobs, and asks for
   * one ACK. The kernel handles a batch in order and reports each failure unasked, so the ACK of the last message
   * proves that all earlier ones were handled.
   * @param jobs the queue; the batch's jobs are those from index `from` up to its end
   */
  seal(jobs: readonly Job[], from: number, sequence: number): void {
    const { out } = this
    const { view, bytes } = out
    let next = sequence
    let at = 0
    let kept = 0
    let lastHeader: number | undefined
    for (let index = from; index < this.end; index++) {
      const job = jobs[index] as Job
      const start = at
      let header = at
      const encoded = job.state === 'encoded'
      if (encoded) job.first = next
      for (let message = 0; message < job.count; message++) {
        header = at
        if (encoded) view.setUint32(at + 8, next++, true)
        at += align(view.getUint32(at, true))
      }
      if (!encoded) continue
      job.state = 'inFlight'
      if (kept !== start) bytes.copyWithin(kept, start, at)
      if (job.acknowledged) lastHeader = kept + header - start
      kept += at - start
    }
    out.at = kept
    this.first = sequence
    this.count = next - sequence
    if (lastHeader === undefined) return
    view.setUint16(lastHeader + 6, view.getUint16(lastHeader + 6, true) | messageFlag.ack, true)
  }

  /** The bytes of the message number `index`, once it is sealed. Ascending numbers are found at once. */
  message(index: number): Uint8Array {
    const { bytes, view } = this.out
    if (index < this.#index) {
      this.#index = 0
      this.#at = 0
    }
    while (this.#index < index) {
      this.#at += align(view.getUint32(this.#at, true))
      this.#index++
    }
    return bytes.subarray(this.#at, this.#at + view.getUint32(this.#at, true))
  }
}
