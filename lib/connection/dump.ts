import { DumpReader } from './dump-reader.js'
import { DumpInterruptedError } from './errors.js'
import type { Read, Request } from './request.js'
import { onAbort } from './signals.js'
import { Stream } from './stream.js'
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
 * goes back, from ended to reading, when the kernel flagged the dump as interrupted or a datagram was lost.
 *
 * Calls that read are carried out one after the other. What an abort or an error leaves unread is dropped; every later
 * call rejects with the same error.
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
  /** Whether elements have been given: they would be repeated if it started again. */
  #begun = false
  #failure: { readonly error: unknown } | undefined
  /** How many calls are under way. */
  #calls = 0
  /** Settles when the last of them does. */
  #last: Promise<unknown> = Promise.resolve()
  /** Ends the wait for the barrier. */
  #wake: (() => void) | undefined
  #unlisten = () => {}

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
    // Without a promise in between, for speed.
    if (this.#calls === 0 && this.#next < this.#chunk.length && !this.#aborted()) {
      return Promise.resolve({ done: false, value: this.#take() })
    }
    return this.#inTurn(() => this.#nextOfChunk())
  }

  /** Ends the dump. Closing the socket makes the kernel discard the rest. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#failure = undefined
    this.#takeChunk()
    this.#end()
    this.#reader = undefined
    return Promise.resolve({ done: true, value: undefined })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** Ends it with an error, which the consumer gets instead of the next element. */
  abort(error: unknown): void {
    if (this.#state === 'ended') return
    this.#takeChunk()
    this.#fail(error)
  }

  /**
   * All elements, or those that `next` has not given. Starts again, a limited number of times, if the objects changed
   * meanwhile, unless `next` has given some.
   * @throws {@link DumpInterruptedError} when they changed each time, with what was read last; and as `next`
   */
  toArray(): Promise<T[]> {
    return this.#inTurn(() => this.#readAll())
  }

  /**
   * The elements in arrays, as the kernel sends them, some hundreds at a time: a promise for each array instead of one
   * for each element.
   * @throws as `next`
   */
  batches(): AsyncGenerator<T[], void, undefined> {
    return new Stream({ batches: this.#batches(), stop: () => this.return() })
  }

  async *#batches(): AsyncGenerator<Iterator<T[]>, void, undefined> {
    const take = () => {
      this.#begun = true
      return this.#takeChunk()
    }
    for (;;) {
      const batch = await this.#inTurn(() => this.#when(take))
      if (batch === undefined) return
      yield [batch].values()
    }
  }

  /** Calls `act` after the calls before have settled. */
  #inTurn<R>(act: () => Promise<R>): Promise<R> {
    this.#calls++
    const result = this.#calls === 1 ? act() : this.#last.then(act)
    const done = () => {
      this.#calls--
    }
    this.#last = result.then(done, done)
    return result
  }

  async #nextOfChunk(): Promise<IteratorResult<T, undefined>> {
    const found = await this.#when(() => ({ done: false as const, value: this.#take() }))
    return found ?? { done: true, value: undefined }
  }

  async #readAll(): Promise<T[]> {
    for (let attempt = 1; ; attempt++) {
      const all = attempt === 1 ? this.#takeChunk() : []
      while (this.#state !== 'ended') {
        await this.#readChunk()
        for (const element of this.#takeChunk()) all.push(element)
      }
      this.#throwIfAborted()
      const { interrupted = false, lost = false } = this.#reader ?? {}
      const last = attempt === ATTEMPTS || this.#begun
      if (this.#failure && (!lost || last)) throw this.#failure.error
      if (!interrupted && !lost) return all
      if (last) {
        this.#failure = { error: this.#interruption(attempt, all) }
        throw this.#failure.error
      }
      this.#restart()
    }
  }

  /** Reads until there are elements, and takes them at once; undefined when there are no more. */
  async #when<R>(take: () => R): Promise<R | undefined> {
    for (;;) {
      this.#throwIfAborted()
      if (this.#next < this.#chunk.length) return take()
      if (this.#state === 'ended') {
        if (this.#reader?.interrupted) this.#failure ??= { error: this.#interruption(1, []) }
        if (this.#failure) throw this.#failure.error
        return undefined
      }
      await this.#readChunk()
    }
  }

  #take(): T {
    this.#begun = true
    return this.#chunk[this.#next++] as T
  }

  /** The elements that are left of the last datagram. */
  #takeChunk(): T[] {
    const left = this.#next === 0 ? this.#chunk : this.#chunk.slice(this.#next)
    this.#chunk = []
    this.#next = 0
    return left
  }

  #aborted(): boolean {
    return this.#source.signal?.aborted === true
  }

  /** Elements that were read are not given after an abort. */
  #throwIfAborted(): void {
    if (!this.#aborted() || (this.#state === 'ended' && this.#next >= this.#chunk.length)) return
    this.#takeChunk()
    this.#fail(this.#source.signal?.reason)
    throw this.#source.signal?.reason
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
      if (this.#state !== 'ended') this.#fail(error)
    }
    // The dump may have been ended meanwhile: nothing that was read then is given.
    if (this.#chunk !== elements) elements.length = 0
  }

  #queue(): Promise<void> {
    const { build, whenReached } = this.#source
    this.#state = 'queued'
    this.#start()
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

  /** Is ended by the signal and by the connection from now on. */
  #start(): void {
    const { signal, running } = this.#source
    signal?.throwIfAborted()
    this.#unlisten = onAbort(signal, () => this.abort(signal?.reason))
    running.add(this)
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
    this.#failure = undefined
    try {
      this.#start()
      this.#begin()
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  #interruption(attempts: number, partial: readonly T[]): DumpInterruptedError {
    return new DumpInterruptedError(this.#request?.name ?? 'dump', attempts, partial)
  }

  #fail(error: unknown): void {
    this.#failure = { error }
    this.#end()
  }

  #end(): void {
    this.#state = 'ended'
    this.#source.running.delete(this)
    this.#unlisten()
    this.#reader?.stop()
    const transport = this.#transport
    this.#transport = undefined
    if (transport) this.#source.release(transport, this.#reader?.ended === true)
    this.#wake?.()
  }
}
