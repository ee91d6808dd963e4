import { brand, errorGuard } from '../../protocol/errors.js'
import { type ErrorMessage, messageFlag, type Writer } from '../../protocol/index.js'
import type { Flight } from './flight.js'
import { refusalOf } from './netlink-error.js'
import type { Request } from './request.js'
import { encodeRequest, WINDOW_BYTES } from './window.js'

/** What the kernel charges for a refusal with all that it has to say, bytes; acknowledgements are fewer. */
const REFUSAL_COST = 2048

/** An item that was not carried out. */
export interface BulkFailure<I> {
  /** Its place in the iterable. */
  readonly index: number
  readonly item: I
  readonly error: unknown
}

export interface BulkOptions<I> {
  /** Called after each window with how many items are behind it, those that failed included. */
  readonly onProgress?: ((count: number) => void) | undefined
  /** Takes each failure as it comes; the call itself does not fail then. */
  readonly onFailure?: ((failure: BulkFailure<I>) => void) | undefined
  /** Ends with the window in which the first failure is; what stands in it behind the failure is done all the same. */
  readonly stopAtFailure?: boolean | undefined
  /** Ends between two windows, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Items of a bulk were not carried out. */
export class BulkError<I = unknown> extends AggregateError {
  override readonly name = 'BulkError'
  readonly code = 'ERR_NETLINK_BULK'
  /** Which, and why. */
  readonly failures: readonly BulkFailure<I>[]
  /** How many were carried out. */
  readonly done: number

  static {
    brand(BulkError)
  }

  constructor(failures: readonly BulkFailure<I>[], done: number) {
    const [first] = failures
    const why = first?.error instanceof Error ? first.error.message : String(first?.error)
    super(
      failures.map(({ error }) => error),
      `${failures.length} failed, ${done} done; first, item ${first?.index}: ${why}`,
    )
    this.failures = failures
    this.done = done
  }
}

export const isBulkError = errorGuard<BulkError>('BulkError')

/** The account of a bulk: what is done, what failed, whether to go on. */
export class BulkAccount<I> {
  readonly options: BulkOptions<I>
  readonly #failures: BulkFailure<I>[] = []
  #failed = 0
  /** How many items are behind it, in whatever way. */
  count = 0

  constructor(options: BulkOptions<I>) {
    this.options = options
  }

  failure(index: number, item: I, error: unknown): void {
    this.#failed++
    if (this.options.onFailure) this.options.onFailure({ index, item, error })
    else this.#failures.push({ index, item, error })
  }

  /** Notes that these are behind it; says whether to stop. @throws the signal's reason */
  behind(items: number): boolean {
    const { onProgress, signal } = this.options
    this.count += items
    onProgress?.(this.count)
    signal?.throwIfAborted()
    return this.stopped
  }

  /** A failure is there that ends it. */
  get stopped(): boolean {
    return this.options.stopAtFailure === true && this.#failed > 0
  }

  /** How many were carried out. @throws BulkError */
  result(): number {
    const done = this.count - this.#failed
    if (this.#failures.length > 0) throw new BulkError(this.#failures, done)
    return done
  }
}

/**
 * Requests of a bulk: the kernel acts on them in their order and says which it refuses; that it is through with the
 * last says that it is through with all.
 */
export class BulkWindow<I> implements Flight {
  readonly out: Writer
  first = 0
  open = 0
  blocking = false
  changesNames = false
  readonly #items: I[] = []
  readonly #requests: Request[] = []
  readonly #indexes: number[] = []
  readonly #account: BulkAccount<I>
  readonly #most: number
  #last = 0

  constructor(out: Writer, account: BulkAccount<I>, receiveBuffer: number) {
    this.out = out
    out.at = 0
    this.#account = account
    this.#most = Math.max(1, Math.floor(receiveBuffer / REFUSAL_COST))
  }

  get count(): number {
    return this.#requests.length
  }

  get full(): boolean {
    return this.out.at >= WINDOW_BYTES || this.count >= this.#most
  }

  /** @throws EncodeError, and the window is as it was */
  add(index: number, item: I, request: Request): void {
    this.#last = encodeRequest(this.out, request, 0, 0)
    this.#items.push(item)
    this.#requests.push(request)
    this.#indexes.push(index)
    this.blocking ||= request.blocking === true
    this.changesNames ||= request.changesNames === true
  }

  /** Numbers the messages, now that their place among others is known, and asks for the one acknowledgement. */
  close(first: number): void {
    const { view, at } = this.out
    this.first = first
    this.open = 1
    for (let message = 0, sequence = first; message < at; sequence++) {
      view.setUint32(message + 8, sequence, true)
      message += (view.getUint32(message, true) + 3) & ~3
    }
    view.setUint16(this.#last + 6, view.getUint16(this.#last + 6, true) | messageFlag.ack, true)
  }

  acknowledge(sequence: number, answer: ErrorMessage): void {
    const place = (sequence - this.first) >>> 0
    const request = this.#requests[place]
    if (request === undefined) return
    if (answer.errno !== 0) this.#fail(place, refusalOf(request, answer))
    if (place === this.count - 1) this.open = 0
  }

  reply(): void {
    // Nothing is asked for.
  }

  /** Which of them the kernel has acted on is not known: all count as failed. */
  fail(error: (request: Request) => unknown): void {
    if (this.open === 0) return
    this.open = 0
    for (const [place, request] of this.#requests.entries()) this.#fail(place, error(request))
  }

  #fail(place: number, error: unknown): void {
    this.#account.failure(this.#indexes[place] as number, this.#items[place] as I, error)
  }
}

/** How many items of a bulk by promises are under way at once. */
const CHUNK = 64

/** A bulk of what takes more than one request each, or files of its own: by promises, some at a time. @throws BulkError */
export async function bulkByPromises<I>(
  items: Iterable<I> | AsyncIterable<I>,
  act: (item: I) => Promise<void>,
  options: BulkOptions<I> = {},
): Promise<number> {
  options.signal?.throwIfAborted()
  const account = new BulkAccount(options)
  let chunk: I[] = []
  const finish = async (): Promise<boolean> => {
    const under = chunk
    chunk = []
    const results = await Promise.allSettled(under.map(act))
    for (const [place, result] of results.entries()) {
      if (result.status === 'rejected')
        account.failure(account.count + place, under[place] as I, result.reason)
    }
    return under.length > 0 && account.behind(under.length)
  }
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length === CHUNK && (await finish())) return account.result()
  }
  await finish()
  return account.result()
}
