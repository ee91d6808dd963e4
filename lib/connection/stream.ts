import { onAbort } from './signals.js'
import { tickBudgetSpent, yieldToEventLoop } from './tick.js'

interface Waiter<T> {
  resolve(result: IteratorResult<T, void>): void
  reject(error: unknown): void
}

/** Where the elements of a stream come from. */
export interface StreamSource<T> {
  /** Gives elements in batches; each is used up before the next is asked for. Ends, or throws, after `stop`. */
  readonly batches: AsyncGenerator<Iterator<T>, void, undefined>
  /** Frees what it uses, and ends its waits; called once. */
  stop(): void
}

/** After how many elements the time is looked at. */
const CALLS_UNCHECKED = 64

const DONE = { done: true, value: undefined } as const

/** Settles as `next` does. */
type Next<T> = Promise<IteratorResult<T, void>>

/**
 * Elements, one at a time, from a source that gives them in batches: an element of a batch costs one promise. It can be
 * ended at any time: a generator alone would let `return` wait for a `next` that waits for the kernel, and would not run
 * its `finally` blocks before its first element is asked for.
 *
 * Calls of `next` are answered in order. `return` settles those that are pending with `done`; an abort or an error
 * rejects the first of them, or the next one. Nothing follows.
 */
export class Stream<T> implements AsyncGenerator<T, void, undefined> {
  readonly #open: () => StreamSource<T>
  readonly #waiting: Waiter<T>[] = []
  #source: StreamSource<T> | undefined
  #batch: Iterator<T> | undefined
  #filling = false
  #calls = 0
  #ended = false
  /** Rejects the next call. */
  #failure: { readonly error: unknown } | undefined
  #unlisten = () => {}

  /**
   * @param source a source that is open, or a function that opens it for the first `next`, which what it throws rejects
   * @param signal may be anything if `source` is a function, which checks it
   */
  constructor(source: StreamSource<T> | (() => StreamSource<T>), signal?: AbortSignal | undefined) {
    if (typeof source === 'function') this.#open = source
    else {
      this.#source = source
      this.#open = () => source
    }
    if (!(signal instanceof AbortSignal)) return
    if (signal.aborted) this.#fail(signal.reason)
    else this.#unlisten = onAbort(signal, () => this.#fail(signal.reason))
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Next<T> {
    if (this.#ended) {
      const failure = this.#failure
      this.#failure = undefined
      return failure ? Promise.reject(failure.error) : Promise.resolve(DONE)
    }
    try {
      this.#source ??= this.#open()
      const found = this.#waiting.length === 0 && !this.#pauses() ? this.#take() : undefined
      if (found) return Promise.resolve(found)
    } catch (error) {
      this.#end()
      return Promise.reject(error)
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#fill()
    })
  }

  /** Ends the iteration: frees what it uses, and settles what is pending. */
  return(): Next<T> {
    this.#failure = undefined
    this.#end()
    return Promise.resolve(DONE)
  }

  throw(error: unknown): Next<T> {
    this.#failure = undefined
    this.#end()
    return Promise.reject(error)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** Whether the event loop has to run before the next element: a batch may have very many. */
  #pauses(): boolean {
    return ++this.#calls % CALLS_UNCHECKED === 0 && tickBudgetSpent()
  }

  /** The next element of the batch. */
  #take(): IteratorYieldResult<T> | undefined {
    const result = this.#batch?.next()
    if (result?.done === false) return result
    this.#batch = undefined
    return undefined
  }

  /** Answers those who wait, from batch after batch. */
  async #fill(): Promise<void> {
    if (this.#filling) return
    this.#filling = true
    try {
      while (this.#waiting.length > 0 && !this.#ended) {
        if (tickBudgetSpent()) await yieldToEventLoop()
        if (this.#ended) return
        const found = this.#take()
        if (found) {
          this.#waiting.shift()?.resolve(found)
          continue
        }
        const result = await this.#source?.batches.next()
        if (this.#ended) return
        if (result === undefined || result.done) this.#end()
        else this.#batch = result.value
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#filling = false
    }
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    const first = this.#waiting.shift()
    if (first) first.reject(error)
    else this.#failure = { error }
    this.#end()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#batch = undefined
    this.#unlisten()
    for (const waiter of this.#waiting.splice(0)) waiter.resolve(DONE)
    const source = this.#source
    if (source === undefined) return
    source.stop()
    // Runs its `finally` blocks, after the `next` that it is in.
    source.batches.return().catch(() => {})
  }
}
