import { onAbort } from '../../connection/index.js'

interface Waiter<E> {
  resolve(result: IteratorResult<E, void>): void
  reject(error: unknown): void
}

/** Where the events come from. */
export interface EventSource<E> {
  /** Gives events in batches; each is used up before the next is asked for. Ends, or throws, after `stop`. */
  readonly batches: AsyncGenerator<Iterator<E>, void, undefined>
  /** Frees what it uses, and ends its waits; called once. */
  stop(): void
}

const DONE = { done: true, value: undefined } as const

type Next<E> = Promise<IteratorResult<E, void>>

/**
 * Events, one at a time, from a source that gives them in batches: an event of a batch costs one promise.
 *
 * The source is opened by the first `next`. Calls of `next` are answered in order. `return` settles those that are
 * pending with `done`; an abort or an error rejects the first of them, or the next one. Nothing follows.
 */
export class EventStream<E> implements AsyncGenerator<E, void, undefined> {
  readonly #open: () => EventSource<E>
  readonly #waiting: Waiter<E>[] = []
  #source: EventSource<E> | undefined
  #batch: Iterator<E> | undefined
  #filling = false
  #ended = false
  /** Rejects the next call. */
  #failure: { readonly error: unknown } | undefined
  #unlisten = () => {}

  /**
   * @param open checks the arguments, and begins; what it throws rejects the first `next`
   * @param signal may be anything: `open` checks it
   */
  constructor(open: () => EventSource<E>, signal: AbortSignal | undefined) {
    this.#open = open
    if (!(signal instanceof AbortSignal)) return
    if (signal.aborted) this.#fail(signal.reason)
    else this.#unlisten = onAbort(signal, () => this.#fail(signal.reason))
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Next<E> {
    if (this.#ended) {
      const failure = this.#failure
      this.#failure = undefined
      return failure ? Promise.reject(failure.error) : Promise.resolve(DONE)
    }
    try {
      this.#source ??= this.#open()
      const event = this.#waiting.length === 0 ? this.#take() : undefined
      if (event !== undefined) return Promise.resolve({ done: false, value: event })
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
  return(): Next<E> {
    this.#failure = undefined
    this.#end()
    return Promise.resolve(DONE)
  }

  throw(error: unknown): Next<E> {
    this.#failure = undefined
    this.#end()
    return Promise.reject(error)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** The next event of the batch. */
  #take(): E | undefined {
    const result = this.#batch?.next()
    if (result?.done === false) return result.value
    this.#batch = undefined
    return undefined
  }

  /** Answers those who wait, from batch after batch. */
  async #fill(): Promise<void> {
    if (this.#filling) return
    this.#filling = true
    try {
      while (this.#waiting.length > 0 && !this.#ended) {
        const event = this.#take()
        if (event !== undefined) {
          this.#waiting.shift()?.resolve({ done: false, value: event })
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
