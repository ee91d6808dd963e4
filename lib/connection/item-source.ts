import { inspect } from '../../protocol/errors.js'
import { ArgumentError } from '../errors.js'
import { yieldToEventLoop } from './tick.js'

/** The event loop has run meanwhile. */
const IDLE = Symbol('idle')

/**
 * The items of a bulk. A chunk takes them while it is encoded; from an asynchronous iterable they are gathered
 * beforehand.
 */
export class ItemSource<I> {
  readonly asynchronous: boolean
  readonly #iterator: Iterator<I> | AsyncIterator<I>
  readonly #gathered: I[] = []
  #at = 0
  /** The next item of an asynchronous iterable, while it is waited for. */
  #next: Promise<IteratorResult<I>> | undefined
  #exhausted = false
  #failure: { readonly error: unknown } | undefined
  /** How many items have been taken. */
  taken = 0

  /** @throws {@link ArgumentError} when `items` cannot be iterated, or is a string */
  constructor(items: Iterable<I> | AsyncIterable<I>) {
    const given = items as Partial<Iterable<I> & AsyncIterable<I>> | null | undefined
    const synchronous = given?.[Symbol.iterator]?.bind(given)
    const iterate = synchronous ?? given?.[Symbol.asyncIterator]?.bind(given)
    if (iterate === undefined || typeof items === 'string') {
      throw new ArgumentError('items', items, 'an iterable or an asynchronous iterable')
    }
    this.asynchronous = synchronous === undefined
    this.#iterator = iterate()
  }

  /** There is no further item. */
  get ended(): boolean {
    return this.#exhausted && this.#at === this.#gathered.length
  }

  /**
   * Waits until an asynchronous iterable has yielded `count` items or has ended. Returns earlier if it has yielded some
   * and the next one takes an iteration of the event loop, so that slow items are not held back.
   */
  async gather(count: number): Promise<void> {
    this.#gathered.splice(0, this.#at)
    this.#at = 0
    let idle: Promise<typeof IDLE> | undefined
    while (!this.#exhausted && this.#gathered.length < count) {
      try {
        this.#next ??= Promise.resolve(this.#iterator.next())
        if (this.#gathered.length > 0) idle ??= yieldToEventLoop().then(() => IDLE)
        const result = await (idle ? Promise.race([this.#next, idle]) : this.#next)
        if (result === IDLE) return
        this.#next = undefined
        if (typeof result !== 'object' || result === null) {
          throw new TypeError(`next of the iterator must give an object, got ${inspect(result)}`)
        }
        if (result.done) this.#exhausted = true
        else this.#gathered.push(result.value)
      } catch (error) {
        this.#next = undefined
        this.#fail(error)
      }
    }
  }

  /** Takes one item into `into`; false when there is none. */
  take(into: I[]): boolean {
    if (this.asynchronous) {
      if (this.#at === this.#gathered.length) return false
      into.push(this.#gathered[this.#at++] as I)
    } else if (!this.#pull(into)) return false
    this.taken++
    return true
  }

  /** @throws what the iterable threw */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error
  }

  /**
   * Closes the iterator, as `for await` does when it is left early: what `return` throws is thrown only if it is not left
   * because of another error.
   */
  async close(failed: boolean): Promise<void> {
    if (this.#exhausted) return
    this.#exhausted = true
    try {
      const returned = this.#iterator.return?.()
      // `return` of an asynchronous generator waits for a `next` that is pending, which may never settle.
      if (this.#next === undefined) await returned
      else Promise.all([this.#next, returned]).catch(() => {})
    } catch (error) {
      if (!failed) throw error
    }
  }

  /** Reads one item of a synchronous iterable. */
  #pull(into: I[]): boolean {
    if (this.#exhausted) return false
    try {
      const { done, value } = this.#iterator.next() as IteratorResult<I>
      if (!done) into.push(value)
      else this.#exhausted = true
    } catch (error) {
      this.#fail(error)
    }
    return !this.#exhausted
  }

  #fail(error: unknown): void {
    this.#exhausted = true
    this.#failure = { error }
  }
}
