import {
  type AnyCodec,
  controlType,
  decodeError,
  HEADER_SIZE,
  type Value,
  Writer,
} from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { Dump } from './dump.js'
import { ClosedError, TimeoutError } from './errors.js'
import { NetlinkError } from './netlink-error.js'
import { memory, memoryView } from './receive-memory.js'
import type { Request } from './request.js'
import type { Transport } from './transport.js'
import { nextTurn, turnIsSpent } from './turn.js'
import { type Pending, Window } from './window.js'

/* include/uapi/asm-generic/errno.h */
const EINTR = 4
const EAGAIN = 11
const EMSGSIZE = 90
const ENOBUFS = 105

/** Sockets for dumps that are kept open between them. */
const IDLE_SOCKETS = 2

export interface ConnectionOptions<T extends Transport> {
  /** Opens another socket in the connection's namespace: each dump reads its own. */
  readonly open: () => T
  /** How long to wait for an answer that does not come, ms. */
  readonly timeout: number
}

/**
 * Requests and their answers over one netlink socket; knows netlink, knows no routes.
 *
 * What is asked within one tick leaves in one system call. The kernel acts within that call, so the answers are
 * read right behind it, without a turn of the event loop. Each promise settles with its own answer.
 */
export class Connection<T extends Transport = Transport> {
  readonly socket: T
  readonly #options: ConnectionOptions<T>
  #sequence = 1
  /** Encoded, not sent. */
  readonly #queue: Window[] = []
  /** Sent, and waiting for answers or for a thread. */
  #flight: Window | undefined
  #landing: Promise<void> | undefined
  #scheduled = false
  #closed = false
  /** Ends the wait for answers. */
  #stopWaiting: (() => void) | undefined
  readonly #spare: Writer[] = []
  readonly #idle: T[] = []
  readonly #dumping = new Set<Dump<unknown>>()

  constructor(options: ConnectionOptions<T>) {
    this.#options = options
    this.socket = options.open()
  }

  /** Sends a request that is only acknowledged. @throws EncodeError, NetlinkError, TimeoutError, ClosedError */
  request(request: Request): Promise<void> {
    return this.#enqueue(request, undefined) as Promise<void>
  }

  /** Sends a request that one message answers. @throws EncodeError, NetlinkError, TimeoutError, ClosedError */
  ask<C extends AnyCodec>(request: Request, reply: C): Promise<Value<C>> {
    return this.#enqueue(request, (view, at, length) => reply.decode(view, at, length, {})) as Promise<
      Value<C>
    >
  }

  /** Asks for all there is; nothing is sent before the first element is asked for. */
  dump<C extends AnyCodec>(request: Request, reply: C): Dump<Value<C>>
  dump<C extends AnyCodec, V>(request: Request, reply: C, map: (message: Value<C>) => V | undefined): Dump<V>
  dump(request: Request, reply: AnyCodec, map?: (message: never) => unknown): Dump<unknown> {
    return new Dump({
      request,
      reply: map
        ? (view, at, length) => map(reply.decode(view, at, length, {}) as never)
        : (view, at, length) => reply.decode(view, at, length, {}),
      borrow: async () => {
        await this.settled()
        if (this.#closed) throw new ClosedError()
        return this.#idle.pop() ?? this.#options.open()
      },
      giveBack: (transport, clean) => {
        if (clean && !this.#closed && this.#idle.length < IDLE_SOCKETS) this.#idle.push(transport as T)
        else transport.close()
      },
      running: this.#dumping,
      timeout: this.#options.timeout,
    })
  }

  /**
   * Sends at once what changes the meaning of links' names, if anything is queued that does. Gives a promise when
   * it is not over when this returns, undefined otherwise.
   */
  namesSettled(): Promise<void> | undefined {
    return this.#queue.some((window) => window.renames) || this.#flight?.renames ? this.settled() : undefined
  }

  /** Sends at once what is queued. Gives a promise when something is still without an answer. */
  settled(): Promise<void> | undefined {
    this.#flush()
    if (this.#landing === undefined) return undefined
    return this.#landing.then(() => this.settled())
  }

  /** Rejects all that is pending and closes the sockets; again does nothing. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#stopWaiting?.()
    this.socket.close()
    for (const socket of this.#idle.splice(0)) socket.close()
    for (const dump of this.#dumping) dump.abort(new ClosedError())
    this.#flight?.fail(() => new ClosedError())
    for (const window of this.#queue.splice(0)) window.fail(() => new ClosedError())
  }

  #enqueue(request: Request, reply: Pending['reply']): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new ClosedError()
      this.#openWindow(request).add({ request, reply, resolve, reject, done: false })
      this.#schedule()
    })
  }

  /** The window that the next request joins. What is slow travels alone: its neighbours need not wait for a thread. */
  #openWindow(request: Request): Window {
    const last = this.#queue.at(-1)
    const slow = request.slow === true
    if (
      last &&
      (last.pending.length === 0 || last.slow === slow) &&
      last.hasRoom(this.socket.receiveBuffer)
    ) {
      return last
    }
    const first = last ? last.first + last.pending.length : this.#sequence
    const window = new Window(first, this.#spare.pop() ?? new Writer())
    this.#queue.push(window)
    return window
  }

  #schedule(): void {
    if (this.#scheduled || this.#landing) return
    this.#scheduled = true
    const flush = () => {
      this.#scheduled = false
      this.#flush()
    }
    if (turnIsSpent()) setImmediate(flush)
    else queueMicrotask(flush)
  }

  /** Sends window after window, until one needs to be waited for. */
  #flush(): void {
    while (this.#landing === undefined && !this.#closed) {
      const window = this.#queue.shift()
      if (window === undefined) return
      this.#sequence = window.first + window.pending.length
      if (window.pending.length === 0) continue
      this.#flight = window
      if (window.slow) this.#land(this.#sendAsync(window))
      else {
        this.#sent(window, this.socket.send(window.out.written()))
        if (window.open > 0) this.#land(this.#await(window))
        else {
          this.#done(window)
          if (this.#queue.length > 0 && turnIsSpent()) this.#land(nextTurn())
        }
      }
    }
  }

  /** Holds further windows back until this is over. */
  #land(over: Promise<void>): void {
    const landing = over.then(() => {
      if (this.#flight) this.#done(this.#flight)
      if (this.#landing === landing) this.#landing = undefined
      this.#flush()
    })
    this.#landing = landing
  }

  #done(window: Window): void {
    this.#flight = undefined
    if (this.#spare.length < 2) this.#spare.push(window.out)
  }

  async #sendAsync(window: Window): Promise<void> {
    try {
      this.#sent(window, await this.socket.sendAsync(window.out.written()))
    } catch (error) {
      window.fail(() => error)
    }
    if (window.open > 0) await this.#await(window)
  }

  #sent(window: Window, count: number): void {
    let sent = count
    while (sent === -EINTR) sent = this.socket.send(window.out.written())
    if (sent < 0) window.fail((request) => new SystemError(`send ${request.name}`, -sent, request.about))
    else this.#drain(window)
  }

  /** Waits for answers that were not there when the request returned: the kernel has none such today. */
  #await(window: Window): Promise<void> {
    return new Promise((resolve) => {
      const { timeout } = this.#options
      const timer = setTimeout(() => {
        window.fail((request) => new TimeoutError(request.name, timeout))
        this.#stopWaiting?.()
      }, timeout)
      this.#stopWaiting = () => {
        clearTimeout(timer)
        this.#stopWaiting = undefined
        this.socket.onReadable(undefined)
        resolve()
      }
      this.socket.onReadable(() => {
        this.#drain(window)
        if (window.open === 0) this.#stopWaiting?.()
      })
    })
  }

  /** Reads until all of the window have their answers, or nothing is there to be read. */
  #drain(window: Window): void {
    let lost = false
    while (window.open > 0) {
      const length = this.socket.receive(memory)
      if (length === -EINTR) continue
      if (length === -ENOBUFS) lost = true
      else if (length < 0) {
        if (length !== -EAGAIN) window.fail((request) => new SystemError(`receive ${request.name}`, -length))
        else if (lost)
          window.fail((request) => new SystemError(`receive ${request.name}`, ENOBUFS, request.about))
        return
      } else if (this.socket.sender === 0) this.#read(window, length)
    }
  }

  #read(window: Window, length: number): void {
    if (length > memory.length) {
      window.fail((request) => new SystemError(`receive ${request.name}`, EMSGSIZE, request.about))
      return
    }
    for (let at = 0; at + HEADER_SIZE <= length; ) {
      const size = memoryView.getUint32(at, true)
      if (size < HEADER_SIZE || at + size > length) return
      const pending = window.find(memoryView.getUint32(at + 8, true))
      if (pending) this.#answer(window, pending, at, size)
      at += (size + 3) & ~3
    }
  }

  #answer(window: Window, pending: Pending, at: number, size: number): void {
    const type = memoryView.getUint16(at + 4, true)
    const payload = at + HEADER_SIZE
    try {
      if (type === controlType.error) {
        const flags = memoryView.getUint16(at + 6, true)
        const answer = decodeError(memoryView, payload, size - HEADER_SIZE, flags)
        window.finish(pending)
        if (answer.errno === 0) pending.resolve(undefined)
        else pending.reject(new NetlinkError(pending.request, answer))
      } else if (type > controlType.overrun && pending.reply) {
        const value = pending.reply(memoryView, payload, size - HEADER_SIZE)
        window.finish(pending)
        pending.resolve(value)
      }
    } catch (error) {
      if (!pending.done) window.finish(pending)
      pending.reject(error)
    }
  }
}
