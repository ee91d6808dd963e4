import type { ErrorMessage, Writer } from '../../protocol/index.js'
import type { BulkFailure, BulkJobOptions } from './bulk.js'
import { MESSAGES_LOST } from './errors.js'
import type { ItemSource } from './item-source.js'
import type { Job, JobState, Reason, Sent } from './job.js'
import { ACK_COST, BATCH_BYTES } from './limits.js'
import { refusalOf } from './netlink-error.js'
import { encodeRequest, type Request } from './request.js'

/**
 * The requests of successive items, in a batch of their own. Only the last message asks for an ACK; the kernel reports
 * each refusal unasked.
 */
export class Chunk<I> implements Job {
  state: JobState = 'waiting'
  first = 0
  count = 0
  readonly waitsFor: Job['waitsFor']
  readonly alone = true
  readonly acknowledged = true
  changesNames: boolean
  blocking: boolean
  /** Resolves when each item has been carried out or has failed. */
  readonly settled: Promise<void>
  /** How many items it took, including those that could not be encoded. */
  taken = 0
  readonly #source: ItemSource<I>
  readonly #most: number
  readonly #toRequest: (item: I) => Request
  readonly #stopAtFailure: boolean
  // One entry for each message.
  readonly #items: I[] = []
  readonly #requests: Request[] = []
  readonly #indexes: number[] = []
  readonly #refused = new Set<number>()
  readonly #failures: BulkFailure<I>[] = []
  #lost = false
  /** Why it failed as a whole. */
  #reason: Reason | undefined
  #settle: () => void = () => {}

  constructor(
    source: ItemSource<I>,
    most: number,
    toRequest: (item: I) => Request,
    stopAtFailure: boolean,
    job: BulkJobOptions,
  ) {
    this.#source = source
    this.#most = most
    this.#toRequest = toRequest
    this.#stopAtFailure = stopAtFailure
    this.waitsFor = job.usesNames ? 'names' : 'nothing'
    this.changesNames = job.changesNames === true
    this.blocking = job.blocking === true
    this.settled = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  get cost(): number {
    return this.count * ACK_COST
  }

  /** The items that failed, in their order. */
  failures(): readonly BulkFailure<I>[] {
    return this.#failures.sort((a, b) => a.index - b.index)
  }

  keep(): void {}

  prepare(): void {}

  encode(out: Writer): void {
    const items = this.#items
    // Items that cannot be encoded count too: an endless row of them must not hold the event loop.
    while (this.taken < this.#most && out.at < BATCH_BYTES && this.#source.take(items)) {
      const index = this.#source.taken - 1
      this.taken++
      if (this.#reason) {
        // The iterator closed the connection, or aborted the bulk, and then still returned an item.
        this.#failures.push({ index, item: items.pop() as I, error: this.#reason({ name: 'request' }) })
        return
      }
      try {
        const request = this.#toRequest(items[this.count] as I)
        encodeRequest(out, request)
        this.#requests.push(request)
        this.#indexes.push(index)
        this.count++
        if (request.blocking) this.blocking = true
        if (request.changesNames) this.changesNames = true
      } catch (error) {
        this.#failures.push({ index, item: items.pop() as I, error })
        if (this.#stopAtFailure) return
      }
    }
  }

  acknowledge(message: number, answer: ErrorMessage, sent: Sent): boolean {
    if (answer.errno !== 0) {
      const request = this.#requests[message] as Request
      this.#refuse(message, refusalOf(request, answer, sent.message(this.first + message)))
    }
    if (message < this.count - 1) return false
    if (this.#lost) {
      // The last message was answered, but refusals of the others may have been lost.
      this.#refused.add(message)
      this.fail(MESSAGES_LOST)
    } else this.#settle()
    return true
  }

  reply(): boolean {
    return false
  }

  succeed(): void {
    this.#settle()
  }

  lose(): void {
    this.#lost = true
  }

  repeats(): boolean {
    return false
  }

  /** It is unknown which requests the kernel carried out: all without an answer count as failed. */
  fail(reason: Reason): void {
    this.#reason = reason
    for (const [message, request] of this.#requests.entries()) {
      if (!this.#refused.has(message)) this.#refuse(message, reason(request))
    }
    this.#settle()
  }

  release(): void {}

  #refuse(message: number, error: unknown): void {
    this.#refused.add(message)
    this.#failures.push({ index: this.#indexes[message] as number, item: this.#items[message] as I, error })
  }
}
