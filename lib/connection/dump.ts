import {
  beginMessage,
  controlType,
  decodeError,
  endMessage,
  extendedAck,
  HEADER_SIZE,
  messageFlag,
  Writer,
} from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { DumpInterruptedError, TimeoutError } from './errors.js'
import { NetlinkError } from './netlink-error.js'
import { growReceiveMemory, received } from './receive-memory.js'
import type { Read, Request } from './request.js'
import { tickBudgetSpent, yieldToEventLoop } from './tick.js'
import type { Datagram, Transport } from './transport.js'
import { NO_OWNER } from './window.js'

/* include/uapi/asm-generic/errno.h */
const EINTR = 4
const EAGAIN = 11
const EMSGSIZE = 90

/** How often an array is read anew when what it lists changed meanwhile. */
const ATTEMPTS = 8
/**
 * A datagram of so many bytes has others behind it. From the third on they are read by another thread, some ahead: the
 * kernel makes them meanwhile, and may take long over one (a table of routes that it walks in vain).
 */
const LARGE = 16 * 1024
const READ_HERE = 2
/** A dump has its socket to itself: any number will do. */
const SEQUENCE = 1

/** What holds a socket, and lets go of it when the connection is closed. */
export interface Abortable {
  abort(error: unknown): void
}

export interface DumpSource {
  readonly request: Request
  /** Decodes an element; undefined leaves it out. */
  readonly reply: Read<unknown>
  /** A socket that is clean, once all that was asked before has been done. */
  readonly borrow: () => Promise<Transport>
  readonly giveBack: (transport: Transport, clean: boolean) => void
  /** Where those that hold a socket are known. */
  readonly running: Set<Abortable>
  readonly timeout: number
  /** Ends it, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * A listing that the kernel makes as it is read: nothing is asked for beyond what the consumer takes, so memory
 * stays flat. It can be gone through once, as an async iterable or as an array.
 *
 * It reads a socket of its own, so that it may be blocking, or be left half-way, without anyone noticing.
 */
export class Dump<T> implements AsyncIterableIterator<T>, AsyncDisposable {
  readonly #source: DumpSource
  #transport: Transport | undefined
  #chunk: T[] = []
  #next = 0
  #started = false
  #ended = false
  #interrupted = false
  #truncated = false
  #failure: unknown
  #wake: (() => void) | undefined
  #reads = 0
  /** After so many a thread reads; of one that is larger than the threads' memory, none does. */
  #readsHere = READ_HERE
  /** What another thread is reading, and what it has read before. */
  #ahead: Promise<readonly Datagram[]> | undefined
  #arrived: Datagram[] = []
  readonly #onAbort = () => this.abort(this.#source.signal?.reason)

  constructor(source: DumpSource) {
    this.#source = source
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /**
   * The next element.
   * @throws NetlinkError, DecodeError, TimeoutError, ClosedError; at its end DumpInterruptedError, where what is listed
   * changed while it was read: the elements may lack some or repeat some
   */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#next < this.#chunk.length) {
      return Promise.resolve({ done: false, value: this.#chunk[this.#next++] as T })
    }
    return this.#nextOfNextChunk()
  }

  /** Leaves it; the kernel's half of it goes with the socket. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#end(false)
    this.#chunk = []
    return Promise.resolve({ done: true, value: undefined })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** Ends it with an error, which the consumer gets at the next element. */
  abort(error: unknown): void {
    if (this.#ended) return
    this.#failure = error
    this.#chunk = []
    this.#end(false)
    this.#wake?.()
  }

  /**
   * All elements. Read anew, a bounded number of times, when they changed meanwhile, or the memory was too small.
   * @throws NetlinkError, DecodeError, TimeoutError, ClosedError, DumpInterruptedError with what was read last
   */
  async toArray(): Promise<T[]> {
    for (let attempt = 1; ; attempt++) {
      const all: T[] = []
      while (!this.#ended) {
        await this.#readChunk()
        for (const element of this.#chunk) all.push(element)
        this.#chunk = []
      }
      if (this.#truncated && attempt < ATTEMPTS) this.#failure = undefined
      else if (this.#failure) throw this.#failure
      else if (!this.#interrupted) return all
      if (attempt === ATTEMPTS) throw new DumpInterruptedError(this.#source.request.name, ATTEMPTS, all)
      this.#ended = false
      this.#started = false
      this.#reads = 0
      this.#arrived = []
      this.#interrupted = false
      this.#truncated = false
    }
  }

  /**
   * The elements in arrays, as they come from the kernel, some hundreds at a time: a promise for each array, none for
   * each element.
   * @throws as `next`
   */
  async *batches(): AsyncGenerator<T[], void, undefined> {
    try {
      while (await this.#refill()) {
        const batch = this.#next === 0 ? this.#chunk : this.#chunk.slice(this.#next)
        this.#chunk = []
        this.#next = 0
        yield batch
      }
    } finally {
      await this.return()
    }
  }

  async #nextOfNextChunk(): Promise<IteratorResult<T, undefined>> {
    if (!(await this.#refill())) return { done: true, value: undefined }
    return { done: false, value: this.#chunk[this.#next++] as T }
  }

  /** Reads until there are elements, or no more; says which. */
  async #refill(): Promise<boolean> {
    while (this.#next >= this.#chunk.length) {
      if (this.#ended) {
        this.#chunk = []
        if (this.#failure) throw this.#failure
        if (!this.#interrupted) return false
        this.#interrupted = false
        throw new DumpInterruptedError(this.#source.request.name, 1, [])
      }
      await this.#readChunk()
    }
    return true
  }

  /** Reads one datagram's worth of elements. What goes wrong ends the dump and is kept as its failure. */
  async #readChunk(): Promise<void> {
    this.#chunk = []
    this.#next = 0
    try {
      if (!this.#started) await this.#start()
      if (tickBudgetSpent()) await yieldToEventLoop()
      while (!this.#ended && this.#transport) {
        if (this.#arrived.length === 0 && this.#ahead) await this.#takeAhead(this.#ahead, this.#transport)
        if (!this.#transport) return
        // What is received here lies in memory that others use as well: it is read before anything is waited for.
        const datagram = this.#arrived.shift() ?? this.#receiveHere(this.#transport)
        const { length, sender } = datagram
        if (length === -EINTR) continue
        if (length === -EAGAIN) await this.#readable(this.#transport)
        else if (length < 0) throw new SystemError(`receive ${this.#source.request.name}`, -length)
        else if (sender === 0) {
          this.#read(datagram)
          return
        }
      }
    } catch (error) {
      this.#failure ??= error
      this.#end(false)
    }
  }

  async #start(): Promise<void> {
    const { request, borrow, giveBack, running } = this.#source
    this.#started = true
    this.#source.signal?.throwIfAborted()
    this.#source.signal?.addEventListener('abort', this.#onAbort)
    running.add(this)
    const out = new Writer(256)
    const flags = messageFlag.request | messageFlag.dump | (request.flags ?? 0)
    const start = beginMessage(out, request.type, flags, SEQUENCE)
    request.codec.encode(out, request.value as never, NO_OWNER)
    endMessage(out, start)
    const transport = await borrow()
    if (this.#ended) {
      giveBack(transport, true)
      return
    }
    this.#transport = transport
    let sent = transport.send(out.bytes, out.at)
    while (sent === -EINTR) sent = transport.send(out.bytes, out.at)
    if (sent < 0) throw new SystemError(`send ${request.name}`, -sent)
  }

  #receiveHere(transport: Transport): Datagram {
    const length = transport.receive(received.bytes)
    const datagram = { memory: received, length, sender: transport.sender }
    this.#readAhead(transport, datagram)
    return datagram
  }

  /** Takes what another thread has read, and has it go on. */
  async #takeAhead(ahead: Promise<readonly Datagram[]>, transport: Transport): Promise<void> {
    const datagrams = await ahead
    if (this.#transport !== transport) return
    this.#ahead = undefined
    this.#arrived = [...datagrams]
    this.#readAhead(transport, datagrams.at(-1))
  }

  /** Has the next datagrams read while these are used, where more will come. */
  #readAhead(transport: Transport, last: Datagram | undefined): void {
    if (last === undefined || last.length < LARGE || last.length > last.memory.bytes.length) return
    if (++this.#reads <= this.#readsHere || endsWithin(last)) return
    this.#ahead = transport.receiveMany()
    // It is waited for at the next part; where nobody asks for that, a failure is nobody's.
    this.#ahead.catch(() => {})
  }

  #read({ memory, length }: Datagram): void {
    const { view } = memory
    if (length > memory.bytes.length) {
      growReceiveMemory(length)
      this.#truncated = true
      this.#readsHere = Number.POSITIVE_INFINITY
      throw new SystemError(`receive ${this.#source.request.name}`, EMSGSIZE)
    }
    const { reply } = this.#source
    for (let at = 0; at + HEADER_SIZE <= length && !this.#ended; ) {
      const size = view.getUint32(at, true)
      if (size < HEADER_SIZE || at + size > length) return
      const type = view.getUint16(at + 4, true)
      const flags = view.getUint16(at + 6, true)
      if (flags & messageFlag.dumpInterrupted && type !== controlType.error) this.#interrupted = true
      if (type > controlType.overrun) {
        const element = reply(view, at + HEADER_SIZE, size - HEADER_SIZE)
        if (element !== undefined) this.#chunk.push(element as T)
      } else if (type === controlType.done || type === controlType.error) {
        this.#finish(view, type, flags, at + HEADER_SIZE, size - HEADER_SIZE)
      }
      at += (size + 3) & ~3
    }
  }

  /** NLMSG_DONE carries an error number too, and the extended acknowledgement behind it. */
  #finish(view: DataView, type: number, flags: number, at: number, length: number): void {
    const { request } = this.#source
    let refusal: NetlinkError | undefined
    if (type === controlType.error) {
      refusal = new NetlinkError(request, decodeError(view, at, length, flags))
    } else if (length >= 4 && view.getInt32(at, true) < 0) {
      const ack = flags & messageFlag.ackAttributes ? extendedAck.decode(view, at + 4, length - 4, {}) : {}
      refusal = new NetlinkError(request, { errno: -view.getInt32(at, true), ack })
    }
    if (refusal && refusal.code !== request.emptyCode) this.#failure = refusal
    this.#end(true)
  }

  #end(clean: boolean): void {
    this.#ended = true
    this.#started = true
    this.#source.running.delete(this)
    this.#source.signal?.removeEventListener('abort', this.#onAbort)
    const transport = this.#transport
    this.#transport = undefined
    this.#ahead = undefined
    this.#arrived = []
    if (transport) this.#source.giveBack(transport, clean)
  }

  /** A dump has its next part ready when it is asked for; this is for one that has not. */
  #readable(transport: Transport): Promise<void> {
    const { timeout, request } = this.#source
    return new Promise((resolve, reject) => {
      const over = () => {
        clearTimeout(timer)
        this.#wake = undefined
        if (this.#transport === transport) transport.onReadable(undefined)
      }
      const timer = setTimeout(() => {
        over()
        reject(new TimeoutError(request.name, timeout))
      }, timeout)
      this.#wake = () => {
        over()
        resolve()
      }
      transport.onReadable(this.#wake)
    })
  }
}

/** Whether the dump's end is in this datagram. */
function endsWithin({ memory: { view }, length }: Datagram): boolean {
  for (let at = 0; at + HEADER_SIZE <= length; ) {
    const size = view.getUint32(at, true)
    if (size < HEADER_SIZE || view.getUint16(at + 4, true) <= controlType.overrun) return true
    at += (size + 3) & ~3
  }
  return false
}
