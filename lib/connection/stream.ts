import { onAbort } from './signals.js'

interface Waiter<T> {
  resolve(result: IteratorResult<T, void>): void
  reject(error: unknown): void
}

const DONE = { done: true, value: undefined } as const

/** Settles as `next` does. */
type Next<T> = Promise<IteratorResult<T, void>>

/**
 * The elements of a generator, which can be ended at any time: a generator alone would let `return` wait for a `next` that
 * waits for the kernel, and would not run its `finally` blocks before its first element is asked for.
 *
 * Calls of `next` are answered in order. `return` settles those that are pending with `done`; an abort rejects the first
 * of them, or the next one, with the signal's reason. Nothing follows either.
 */
export class Stream<T> implements AsyncGenerator<T, void, undefined> {
  readonly #source: AsyncGenerator<T, void, undefined>
  readonly #stop: () => void
  readonly #unlisten: () => void
  readonly #waiting: Waiter<T>[] = []
  #ended = false
  /** Rejects the next call. */
  #failure: { readonly error: unknown } | undefined

  /**
   * @param source must end by itself after `stop`, or with an error, which is ignored then
   * @param stop frees what the generator uses, and ends its waits; called once
   */
  constructor(
    source: AsyncGenerator<T, void, undefined>,
    stop: () => void,
    signal?: AbortSignal | undefined,
  ) {
    this.#source = source
    this.#stop = stop
    this.#unlisten = onAbort(signal, () => this.#fail(signal?.reason))
    if (signal?.aborted) this.#fail(signal.reason)
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
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#source.next().then(
        (result) => this.#give(result),
        (error) => {
          if (!this.#ended) this.#fail(error)
        },
      )
    })
  }

  /** Ends the iteration: frees what it uses, and settles what is pending. */
  return(): Next<T> {
    this.#failure = undefined
    this.#end()
    return Promise.resolve(DONE)
  }

  throw(error: unknown): Next<T> {
    this.#end()
    return Promise.reject(error)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #give(result: IteratorResult<T, void>): void {
    if (this.#ended) return
    if (result.done) this.#end()
    else this.#waiting.shift()?.resolve(result)
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
    this.#unlisten()
    for (const waiter of this.#waiting.splice(0)) waiter.resolve(DONE)
    this.#stop()
    // Runs its `finally` blocks, after the `next` that it is in.
    this.#source.return().catch(() => {})
  }
}
