import { brand, errorGuard } from '../../protocol/errors.js'
import { assertBoolean, assertFunction, assertKnownKeys } from '../options.js'
import { Chunk } from './chunk.js'
import { isClosedError } from './errors.js'
import { ItemSource } from './item-source.js'
import type { Job, Reason } from './job.js'
import type { Place } from './place.js'
import type { JobOptions, Request } from './request.js'
import { onAbort } from './signals.js'
import type { Abortable } from './subscription.js'
import { tickBudgetSpent, yieldToEventLoop } from './tick.js'

/** An item of a bulk that was not carried out. */
export interface BulkFailure<I> {
  /** Its index in the iterable. */
  readonly index: number
  readonly item: I
  readonly error: unknown
}

export interface BulkOptions<I> {
  /** Called after each chunk with how many items have been handled so far, failed ones included. */
  readonly onProgress?: ((count: number) => void) | undefined
  /** Called with each failure, in the items' order. The call itself does not fail then. */
  readonly onFailure?: ((failure: BulkFailure<I>) => void) | undefined
  /** Ends after the chunk that contains the first failure; the other items of that chunk are still carried out. */
  readonly stopAtFailure?: boolean | undefined
  /** Rejects with the signal's reason. Chunks that are not sent are dropped; those in flight are still carried out. */
  readonly signal?: AbortSignal | undefined
}

/** How the requests of a bulk are queued. */
export interface BulkJobOptions {
  /** A chunk is encoded only when no earlier request that changes names is unanswered. */
  readonly usesNames?: boolean | undefined
  /** As {@link Request.changesNames}. */
  readonly changesNames?: boolean | undefined
  /** As {@link Request.blocking}. */
  readonly blocking?: boolean | undefined
  /** The operation that the bulk is part of. */
  readonly place?: Place | undefined
}

/** Items of a bulk were not carried out. */
export class BulkError<I = unknown> extends AggregateError {
  override readonly name = 'BulkError'
  readonly code = 'ERR_NETLINK_BULK'
  /** The items that failed, in their order. */
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
      `${failures.length} failed, ${done} succeeded; the first failure is item ${first?.index}: ${why}`,
    )
    this.failures = failures
    this.done = done
  }
}

export const isBulkError = errorGuard<BulkError>('BulkError')

const BULK_KEYS = [
  'onProgress',
  'onFailure',
  'stopAtFailure',
  'signal',
] as const satisfies readonly (keyof BulkOptions<unknown>)[]

/** @throws {@link ArgumentError} when an option is unknown or of the wrong type */
function assertBulkOptions(options: BulkOptions<never>): void {
  assertKnownKeys(options, BULK_KEYS, 'options')
  for (const name of ['onProgress', 'onFailure'] as const) {
    if (options[name] !== undefined) assertFunction(options[name], `options.${name}`)
  }
  assertBoolean('options.stopAtFailure', options.stopAtFailure)
}

/** How far a bulk is: what is done, what failed, whether to go on. */
class BulkProgress<I> {
  readonly #options: BulkOptions<I>
  readonly #failures: BulkFailure<I>[] = []
  #failed = 0
  /** How many items have been handled, failed ones included. */
  count = 0

  constructor(options: BulkOptions<I>) {
    this.#options = options
  }

  /**
   * Adds items that were handled, and reports them. Returns whether the bulk has to stop.
   * @throws what a callback throws; the signal's reason; {@link ClosedError} when items failed with it
   */
  advance(items: number, failures: readonly BulkFailure<I>[]): boolean {
    const { onFailure, onProgress, signal, stopAtFailure } = this.#options
    this.count += items
    this.#failed += failures.length
    if (onFailure) for (const failure of failures) onFailure(failure)
    else for (const failure of failures) this.#failures.push(failure)
    if (items > 0) onProgress?.(this.count)
    signal?.throwIfAborted()
    const closed = failures.find(({ error }) => isClosedError(error))
    if (closed) throw closed.error
    return stopAtFailure === true && this.#failed > 0
  }

  /** How many items were carried out. @throws {@link BulkError} when any failed and `onFailure` did not take them */
  result(): number {
    const done = this.count - this.#failed
    if (this.#failures.length > 0) throw new BulkError(this.#failures, done)
    return done
  }
}

/** What a bulk needs of a connection. */
export interface BulkQueue {
  /** How many requests may be refused at once without filling the receive buffer. */
  readonly mostRequests: number
  /** The operations to abort when the connection is closed. */
  readonly running: Set<Abortable>
  /** @throws {@link ClosedError} when the connection is closed */
  assertOpen(): void
  /** @throws {@link ClosedError} when the connection is closed */
  add(job: Job, place: Place | undefined): void
  drop(job: Job, reason: Reason): void
  /**
   * Keeps a place in the queue, within another.
   * @throws {@link ClosedError} when the connection is closed
   */
  keepPlace(within: Place | undefined): Place
}

/**
 * The place of a bulk: what is asked later waits until it has ended. An asynchronous iterable may itself wait for what
 * is asked later, so its items have their places when they are yielded.
 */
function placeOf(
  queue: BulkQueue,
  source: ItemSource<unknown>,
  within: Place | undefined,
): Place | undefined {
  return source.asynchronous ? undefined : queue.keepPlace(within)
}

/** Ends waits when a signal is aborted or the connection is closed. */
class Interruption implements Abortable, Disposable {
  readonly #running: Set<Abortable>
  readonly #unlisten: () => void
  #interrupted: { readonly error: unknown } | undefined
  /** Ends the wait that is under way. */
  #reject: (error: unknown) => void = () => {}

  constructor(running: Set<Abortable>, signal: AbortSignal | undefined) {
    this.#running = running
    running.add(this)
    this.#unlisten = onAbort(signal, () => this.abort(signal?.reason))
  }

  /** Waits for a promise, or rejects with the reason of the interruption. One wait at a time. */
  race<T>(promise: Promise<T>): Promise<T> {
    // Not Promise.race with a promise of the interruption: each wait would leave its reactions there.
    return new Promise((resolve, reject) => {
      if (this.#interrupted) reject(this.#interrupted.error)
      this.#reject = reject
      promise.then(resolve, reject)
    })
  }

  abort(error: unknown): void {
    this.#interrupted ??= { error }
    this.#reject(error)
  }

  [Symbol.dispose](): void {
    this.#running.delete(this)
    this.#unlisten()
  }
}

/**
 * Sends a request for each item, in chunks, without a promise for each. While the kernel handles one chunk, the next is
 * encoded. Returns how many items were carried out.
 * @throws {@link BulkError} when any failed and `onFailure` did not take them
 * @throws {@link ClosedError} when the connection is closed
 * @throws what `items`, `onFailure` or `onProgress` throws; the signal's reason
 */
export async function sendBulk<I>(
  queue: BulkQueue,
  items: Iterable<I> | AsyncIterable<I>,
  toRequest: (item: I) => Request,
  options: BulkOptions<I> = {},
  job: BulkJobOptions = {},
): Promise<number> {
  assertBulkOptions(options)
  const { signal } = options
  const stopAtFailure = options.stopAtFailure === true
  signal?.throwIfAborted()
  queue.assertOpen()
  let succeeded = false
  const progress = new BulkProgress(options)
  const source = new ItemSource(items)
  using place = placeOf(queue, source, job.place)
  const chunks: Chunk<I>[] = []
  let closed: { readonly error: unknown } | undefined
  const dropAll = (reason: Reason) => {
    for (const chunk of chunks) queue.drop(chunk, reason)
  }
  const unlisten = onAbort(signal, () => dropAll(() => signal?.reason))
  using interruption = new Interruption(queue.running, signal)
  try {
    for (;;) {
      while (!source.ended && !closed && chunks.length < (stopAtFailure ? 1 : 2)) {
        if (source.asynchronous) await interruption.race(source.gather(queue.mostRequests))
        signal?.throwIfAborted()
        const chunk = new Chunk(source, queue.mostRequests, toRequest, stopAtFailure, job)
        chunks.push(chunk)
        try {
          queue.add(chunk, place)
        } catch (error) {
          // Thrown once the failures of the earlier chunks have been reported.
          chunks.pop()
          closed = { error }
        }
      }
      const [chunk] = chunks
      if (chunk === undefined) break
      await chunk.settled
      if (tickBudgetSpent()) await yieldToEventLoop()
      signal?.throwIfAborted()
      chunks.shift()
      if (progress.advance(chunk.taken, chunk.failures())) break
    }
    if (closed) throw closed.error
    source.throwIfFailed()
    succeeded = true
    return progress.result()
  } finally {
    unlisten()
    // Chunks are left only when the bulk ends early: the error that ended it is thrown, theirs are not.
    dropAll(() => undefined)
    await source.close(!succeeded)
  }
}

/** What the requests for an item of a bulk are sent with. */
export type BulkContext = Pick<JobOptions, 'signal' | 'place'>

/** How many items `actInBulk` handles at once. */
const PROMISES_AT_ONCE = 64

/**
 * A bulk of items that each take more than one request, or open files: calls `act` for each, with a promise each, for a
 * limited number of items at a time.
 * @throws {@link BulkError} when any failed and `onFailure` did not take them
 * @throws {@link ClosedError} when the connection is closed
 * @throws what `items`, `onFailure` or `onProgress` throws; the signal's reason
 */
export async function actInBulk<I>(
  queue: BulkQueue,
  items: Iterable<I> | AsyncIterable<I>,
  act: (item: I, context: BulkContext) => Promise<void>,
  options: BulkOptions<I> = {},
): Promise<number> {
  assertBulkOptions(options)
  const { signal } = options
  signal?.throwIfAborted()
  queue.assertOpen()
  let succeeded = false
  const progress = new BulkProgress(options)
  const source = new ItemSource(items)
  using place = placeOf(queue, source, undefined)
  using interruption = new Interruption(queue.running, signal)
  try {
    while (!source.ended) {
      if (source.asynchronous) await interruption.race(source.gather(PROMISES_AT_ONCE))
      const acting: I[] = []
      while (acting.length < PROMISES_AT_ONCE && !signal?.aborted && source.take(acting));
      signal?.throwIfAborted()
      const results = await Promise.allSettled(acting.map((item) => act(item, { signal, place })))
      signal?.throwIfAborted()
      const failures = results.flatMap((result, index) =>
        result.status === 'rejected'
          ? [{ index: progress.count + index, item: acting[index] as I, error: result.reason }]
          : [],
      )
      if (progress.advance(acting.length, failures)) break
      if (tickBudgetSpent()) await yieldToEventLoop()
    }
    source.throwIfFailed()
    succeeded = true
    return progress.result()
  } finally {
    await source.close(!succeeded)
  }
}
