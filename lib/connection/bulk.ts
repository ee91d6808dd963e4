import { brand, errorGuard } from '../../protocol/errors.js'
import { Chunk, ItemSource } from './chunk.js'
import type { Job, Reason } from './job.js'
import type { Request } from './request.js'

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
  /** Ends after the chunk that contains the first failure; the other items of that chunk are carried out all the same. */
  readonly stopAtFailure?: boolean | undefined
  /** Rejects with the signal's reason. Chunks that are not sent are dropped; those in flight are carried out all the same. */
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
      `${failures.length} failed, ${done} done; first, item ${first?.index}: ${why}`,
    )
    this.failures = failures
    this.done = done
  }
}

export const isBulkError = errorGuard<BulkError>('BulkError')

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
   * @throws what a callback throws; the signal's reason
   */
  advance(items: number, failures: readonly BulkFailure<I>[]): boolean {
    const { onFailure, onProgress, signal, stopAtFailure } = this.#options
    this.count += items
    this.#failed += failures.length
    if (onFailure) for (const failure of failures) onFailure(failure)
    else for (const failure of failures) this.#failures.push(failure)
    if (items > 0) onProgress?.(this.count)
    signal?.throwIfAborted()
    return stopAtFailure === true && this.#failed > 0
  }

  /** How many items were carried out. @throws {@link BulkError} when any failed and `onFailure` did not take them */
  result(): number {
    const done = this.count - this.#failed
    if (this.#failures.length > 0) throw new BulkError(this.#failures, done)
    return done
  }
}

/** The queue of a connection, for a bulk. */
export interface BulkQueue {
  /** How many requests may be refused at once without filling the receive buffer. */
  readonly mostRequests: number
  /** @throws {@link ClosedError} when the connection is closed */
  add(job: Job): void
  drop(job: Job, reason: Reason): void
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
  options: BulkOptions<I> & BulkJobOptions,
): Promise<number> {
  const { signal, stopAtFailure } = options
  signal?.throwIfAborted()
  const progress = new BulkProgress(options)
  const source = new ItemSource(items)
  const chunks: Chunk<I>[] = []
  const dropAll = (reason: Reason) => {
    for (const chunk of chunks) queue.drop(chunk, reason)
  }
  const onAbort = () => dropAll(() => signal?.reason)
  signal?.addEventListener('abort', onAbort)
  try {
    for (;;) {
      while (!source.ended && chunks.length < (stopAtFailure ? 1 : 2)) {
        if (source.asynchronous) await source.gather(queue.mostRequests)
        signal?.throwIfAborted()
        const chunk = new Chunk(source, queue.mostRequests, toRequest, options)
        chunks.push(chunk)
        queue.add(chunk)
      }
      const [chunk] = chunks
      if (chunk === undefined) break
      await chunk.settled
      signal?.throwIfAborted()
      chunks.shift()
      if (progress.advance(chunk.taken, chunk.failures())) break
    }
    source.throwIfFailed()
    return progress.result()
  } finally {
    signal?.removeEventListener('abort', onAbort)
    // Left over only when the bulk ends early: the error that ends it is the one that is reported.
    dropAll(() => undefined)
    await source.close()
  }
}

/** How many items of a bulk by promises are under way at once. */
const PROMISES_AT_ONCE = 64

/**
 * A bulk of items that take more than one request each, or open files: by promises, some at a time.
 * @throws {@link BulkError} when any failed and `onFailure` did not take them
 * @throws what `items`, `onFailure` or `onProgress` throws; the signal's reason
 */
export async function bulkByPromises<I>(
  items: Iterable<I> | AsyncIterable<I>,
  act: (item: I) => Promise<void>,
  options: BulkOptions<I> = {},
): Promise<number> {
  options.signal?.throwIfAborted()
  const progress = new BulkProgress(options)
  let gathered: I[] = []
  const actOnGathered = async (): Promise<boolean> => {
    const acting = gathered
    gathered = []
    const results = await Promise.allSettled(acting.map(act))
    const failures = results.flatMap((result, index) =>
      result.status === 'rejected'
        ? [{ index: progress.count + index, item: acting[index] as I, error: result.reason }]
        : [],
    )
    return progress.advance(acting.length, failures)
  }
  for await (const item of items) {
    gathered.push(item)
    if (gathered.length === PROMISES_AT_ONCE && (await actOnGathered())) return progress.result()
  }
  await actOnGathered()
  return progress.result()
}
