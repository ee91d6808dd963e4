import { DumpReader } from './dump-reader.js'
import { DumpInterruptedError } from './errors.js'
import type { Read, Request } from './request.js'
import type { Abortable } from './subscription.js'
import { tickBudgetSpent, yieldToEventLoop } from './tick.js'
import type { Transport } from './transport.js'

/** How many times `toArray` reads a dump before it reports that the objects keep changing. */
const ATTEMPTS = 8

/** The part of a connection that a dump uses. */
export interface DumpSource<V> {
  /** Builds the request, when the barrier is reached. */
  readonly build: () => { readonly request: Request; readonly read: Read<V | undefined> }
  readonly signal: AbortSignal | undefined
  /** The operations to abort when the connection is closed. */
  readonly running: Set<Abortable>
  /** How long to wait for an answer, ms. */
  readonly timeout: number
  /**
   * Calls `reached` once all earlier requests are answered; an exception of `reached` is passed to `failed`.
   * @throws {@link ClosedError} when the connection is closed
   */
  readonly whenReached: (reached: () => void, failed: (error: unknown) => void) => void
  /**
   * A socket without unread messages.
   * @throws {@link ClosedError} when the connection is closed
   */
  readonly acquire: () => Transport
  readonly release: (transport: Transport, clean: boolean) => void
}

/**
 * A listing that the kernel builds as it is read. At most a few datagrams are read ahead of the consumer, so memory use
 * is constant. It can be iterated once, element by element or in batches, or collected into an array.
 *
 * | state | |
 * |---|---|
 * | created | nothing was requested |
 * | queued | waits until all earlier requests are answered |
 * | reading | holds a socket of its own; a datagram is read when the consumer needs elements |
 * | ended | the socket is released; elements may be left, followed by the failure, if there was one |
 *
 * A dump goes from each state to the next; `return`, `abort` and errors lead to ended from anywhere. Only `toArray`
 * goes back, from ended to reading, when the kernel flagged the dump as interrupted or a datagram was truncated.
 */
export class Dump<T> implements AsyncIterableIterator<T>, AsyncDisposable {
  readonly #source: DumpSource<T>
  #state: 'created' | 'queued' | 'reading' | 'ended' = 'created'
  #request: Request | undefined
  #read: Read<T | undefined> | undefined
  #transport: Transport | undefined
  #reader: DumpReader<T> | undefined
  /** The elements of the last datagram; those from `#next` on are left. */
  #chunk: T[] = []
  #next = 0
  #failure: unknown
  /** Ends the wait for the barrier. */
  #wake: (() => void) | undefined
  readonly #onAbort = () => this.abort(this.#source.signal?.reason)

  constructor(source: DumpSource<T>) {
    this.#source = source
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /**
   * The next element.
   * @throws {@link NetlinkError} when the kernel refuses the request
   * @throws {@link EncodeError} when a value cannot be sent
   * @throws {@link DecodeError} when an element is malformed
   * @throws {@link SystemError} when the socket fails
   * @throws {@link TimeoutError} when the kernel does not answer
   * @throws {@link ClosedError} when the connection is closed
   * @throws {@link DumpInterruptedError} at the end, when the objects changed meanwhile: some elements may be missing
   *   or repeated
   * @throws the signal's reason
   */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#next < this.#chunk.length) {
      return Promise.resolve({ done: false, value: this.#chunk[this.#next++] as T })
    }
    return this.#nextOfNextChunk()
  }

  /** Ends the dump. Closing the socket makes the kernel discard the rest. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#end()
    this.#takeChunk()
    return Promise.resolve({ done: true, value: undefined })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** Ends it with an error, which the consumer gets instead of the next element. */
  abort(error: unknown): void {
    if (this.#state === 'ended') return
    this.#failure = error
    this.#takeChunk()
    this.#end()
  }

  /**
   * All elements. Starts again, a limited number of times, if the objects changed meanwhile.
   * @throws {@link DumpInterruptedError} when they changed each time, with what was read last; and as `next`
   */
  async toArray(): Promise<T[]> {
    for (let attempt = 1; ; attempt++) {
      const all = attempt === 1 ? this.#takeChunk() : []
      while (this.#state !== 'ended') {
        await this.#readChunk()
        for (const element of this.#takeChunk()) all.push(element)
      }
      const { interrupted = false, truncated = false } = this.#reader ?? {}
      const last = attempt === ATTEMPTS
      if (this.#failure && (!truncated || last)) throw this.#failure
      if (!interrupted && !truncated) return all
      if (last) throw new DumpInterruptedError(this.#request?.name ?? 'dump', ATTEMPTS, all)
      this.#restart()
    }
  }

  /**
   * The elements in arrays, as the kernel sends them, some hundreds at a time: a promise for each array instead of one
   * for each element.
   * @throws as `next`
   */
  async *batches(): AsyncGenerator<T[], void, undefined> {
    try {
      while (await this.#refill()) yield this.#takeChunk()
    } finally {
      await this.return()
    }
  }

  async #nextOfNextChunk(): Promise<IteratorResult<T, undefined>> {
    if (!(await this.#refill())) return { done: true, value: undefined }
    return { done: false, value: this.#chunk[this.#next++] as T }
  }

  /** Reads until there are elements; false when there are no more. */
  async #refill(): Promise<boolean> {
    while (this.#next >= this.#chunk.length) {
      if (this.#state === 'ended') {
        this.#takeChunk()
        if (this.#failure) throw this.#failure
        if (!this.#reader?.interrupted) return false
        this.#reader = undefined
        throw new DumpInterruptedError(this.#request?.name ?? 'dump', 1, [])
      }
      await this.#readChunk()
    }
    return true
  }

  /** The elements that are left of the last datagram. */
  #takeChunk(): T[] {
    const left = this.#next === 0 ? this.#chunk : this.#chunk.slice(this.#next)
    this.#chunk = []
    this.#next = 0
    return left
  }

  /** Reads the elements of one datagram. An error ends the dump and is kept as its failure. */
  async #readChunk(): Promise<void> {
    const elements: T[] = []
    this.#chunk = elements
    this.#next = 0
    try {
      if (this.#state === 'created') await this.#queue()
      if (tickBudgetSpent()) await yieldToEventLoop()
      if (this.#state !== 'reading') return
      await this.#reader?.next(elements)
      if (this.#reader?.ended) this.#end()
    } catch (error) {
      if (this.#state !== 'ended') this.#failure = error
      this.#end()
    }
  }

  #queue(): Promise<void> {
    const { signal, running, build, whenReached } = this.#source
    this.#state = 'queued'
    signal?.throwIfAborted()
    signal?.addEventListener('abort', this.#onAbort)
    running.add(this)
    return new Promise((resolve, reject) => {
      this.#wake = resolve
      whenReached(() => {
        if (this.#state === 'queued') {
          const { request, read } = build()
          this.#request = request
          this.#read = read
          this.#begin()
        }
        resolve()
      }, reject)
    })
  }

  /** Sends the request over a socket of its own. */
  #begin(): void {
    const { acquire, timeout } = this.#source
    const transport = acquire()
    this.#transport = transport
    this.#state = 'reading'
    this.#reader = new DumpReader(transport, this.#request as Request, this.#read as Read<T>, timeout)
    this.#reader.start()
  }

  /** Starts again, over a socket without messages of the previous run. */
  #restart(): void {
    const { signal, running } = this.#source
    signal?.throwIfAborted()
    this.#failure = undefined
    signal?.addEventListener('abort', this.#onAbort)
    running.add(this)
    try {
      this.#begin()
    } catch (error) {
      this.#end()
      throw error
    }
  }

  #end(): void {
    this.#state = 'ended'
    this.#source.running.delete(this)
    this.#source.signal?.removeEventListener('abort', this.#onAbort)
    this.#reader?.stop()
    const transport = this.#transport
    this.#transport = undefined
    if (transport) this.#source.release(transport, this.#reader?.ended === true)
    this.#wake?.()
  }
}
