import { controlType, decodeError, HEADER_SIZE, Writer } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { linkIndex } from '../ffi/link-index.js'
import { BulkAccount, type BulkOptions, BulkWindow } from './bulk.js'
import { type Abortable, Dump } from './dump.js'
import { ClosedError, TimeoutError } from './errors.js'
import type { Flight } from './flight.js'
import { growReceiveMemory, received } from './receive-memory.js'
import type { Read, Request } from './request.js'
import { type ListenOptions, Subscription } from './subscription.js'
import { tickBudgetSpent, yieldToEventLoop } from './tick.js'
import { Transaction } from './transaction.js'
import type { Transport } from './transport.js'
import { type Pending, Window } from './window.js'

/* include/uapi/asm-generic/errno.h */
const EINTR = 4
const EAGAIN = 11
const EMSGSIZE = 90
const ENOBUFS = 105

/** From so many bytes on, the kernel takes long enough for a thread to be worth its while (33 µs) and the loop's. */
const THREAD_BYTES = 32 * 1024

const SOON = Promise.resolve()

/** Sockets for dumps that are kept open between them. */
const IDLE_SOCKETS = 2

export interface JobOptions {
  readonly signal?: AbortSignal | undefined
  readonly usesNames?: boolean | undefined
  readonly changesNames?: boolean | undefined
  readonly blocking?: boolean | undefined
  readonly release?: (() => void) | undefined
}

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
  readonly #queue: Flight[] = []
  /** Sent, and waiting for answers or for a thread. */
  #flight: Flight | undefined
  /** Sent by a thread while the answers to the one before are read. */
  #follower: Flight | undefined
  #landing: Promise<void> | undefined
  #scheduled = false
  #closed = false
  /** Ends the wait for answers. */
  #stopWaiting: (() => void) | undefined
  readonly #spare: Writer[] = []
  readonly #idle: T[] = []
  readonly #running = new Set<Abortable>()

  constructor(options: ConnectionOptions<T>) {
    this.#options = options
    this.socket = options.open()
  }

  /**
   * Sends a request that is only acknowledged. The signal ends the wait, with its reason: what is on its way by then may
   * be done all the same.
   * @throws EncodeError, NetlinkError, TimeoutError, ClosedError
   */
  request(what: Request | (() => Request), options: JobOptions = {}): Promise<void> {
    return this.#job(what, undefined, options) as Promise<void>
  }

  query<V>(what: Request | (() => Request), read: Read<V>, options: JobOptions = {}): Promise<V> {
    return this.#job(what, read, options) as Promise<V>
  }

  #job(
    what: Request | (() => Request),
    read: Read<unknown> | undefined,
    options: JobOptions,
  ): Promise<unknown> {
    const run = () => {
      try {
        const request = typeof what === 'function' ? what() : what
        const sent = this.#enqueue(
          {
            ...request,
            changesNames: request.changesNames ?? options.changesNames,
            blocking: request.blocking ?? options.blocking,
          },
          read,
          options.signal,
        )
        if (options.release) sent.then(options.release, options.release)
        return sent
      } catch (error) {
        options.release?.()
        return Promise.reject(error)
      }
    }
    const before = options.usesNames === false ? undefined : this.namesSettled()
    return before ? before.then(run) : run()
  }

  linkIndex(name: string): number {
    return linkIndex((this.socket as unknown as { fd: never }).fd, name)
  }

  /**
   * Sends a request for each item, without a promise for each: only the last of a window is acknowledged, and whatever is
   * refused. Gives how many the kernel carried out.
   * @throws BulkError when any failed and nobody took the failures; the signal's reason
   */
  async bulk<I>(
    items: Iterable<I> | AsyncIterable<I>,
    toRequest: (item: I) => Request,
    options: BulkOptions<I> & JobOptions = {},
  ): Promise<number> {
    options.signal?.throwIfAborted()
    await this.namesSettled()
    const account = new BulkAccount(options)
    let window = this.#bulkWindow(account)
    let index = 0
    let encoded = 0
    let flight: { readonly over: Promise<void>; readonly items: number } | undefined

    /** Waits for what is on its way; says whether that was enough. */
    const landed = async (): Promise<boolean> => {
      if (flight === undefined) return false
      const { over, items } = flight
      flight = undefined
      await over
      return account.behind(items)
    }
    /** What is encoded goes once the window before has landed: while one flies, the next is encoded. */
    const send = async (): Promise<boolean> => {
      const ready = window
      const items = index - encoded
      encoded = index
      window = this.#bulkWindow(account)
      if (await landed()) return true
      const over = ready.count > 0 ? this.#fly(ready) : Promise.resolve()
      // It is waited for later; until then a failure is nobody's.
      over.catch(() => {})
      if (items > 0) flight = { over, items }
      return account.stopped && (await landed())
    }
    /** Encodes an item; says whether it is time to send. */
    const take = (item: I): boolean => {
      try {
        window.add(index, item, toRequest(item))
      } catch (error) {
        account.failure(index, item, error)
      }
      index++
      return window.full || account.stopped
    }

    if (Symbol.iterator in items) {
      for (const item of items) {
        if (take(item) && (await send())) return account.result()
      }
    } else {
      for await (const item of items) {
        if (take(item) && (await send())) return account.result()
      }
    }
    if (!(await send())) await landed()
    return account.result()
  }

  /**
   * Sends requests that are carried out as one, or not at all, between what begins and what ends them. Gives what the
   * kernel told of those that asked for an echo, in their order.
   * @throws EncodeError; TransactionError, of a single one the NetlinkError itself; TimeoutError, ClosedError
   */
  transact(begin: Request, requests: readonly Request[], end: Request): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new ClosedError()
      if (requests.length === 0) return resolve([])
      const settle = (error: unknown, echoes: readonly unknown[]) =>
        error === undefined ? resolve(echoes) : reject(error)
      const out = this.#spare.pop() ?? new Writer()
      this.#queue.push(new Transaction(this.#nextSequence(), out, begin, requests, end, settle))
      this.#schedule()
    })
  }

  dump<V>(
    what: Request | (() => { request: Request; read: Read<V | undefined> }),
    read?: Read<V | undefined>,
    options: { signal?: AbortSignal | undefined } = {},
  ): Dump<V> {
    let built: { request: Request; read: Read<V | undefined> } | undefined
    const get = () => {
      built ??= typeof what === 'function' ? what() : { request: what, read: read as Read<V | undefined> }
      return built
    }
    return new Dump({
      get request() {
        return get().request
      },
      signal: options.signal,
      reply: (view, at, length) => get().read(view, at, length),
      borrow: async () => {
        await this.settled()
        if (this.#closed) throw new ClosedError()
        return this.#idle.pop() ?? this.#options.open()
      },
      giveBack: (transport, clean) => {
        if (clean && !this.#closed && this.#idle.length < IDLE_SOCKETS) this.#idle.push(transport as T)
        else transport.close()
      },
      running: this.#running,
      timeout: this.#options.timeout,
    })
  }

  /** Hears what is said to multicast groups, from now on. @throws SystemError, ClosedError */
  subscribe(groups: readonly number[], options: ListenOptions = {}): Subscription {
    if (this.#closed) throw new ClosedError()
    return new Subscription(this.#options.open(), groups, options, this.#running)
  }

  /**
   * Sends at once what changes the meaning of links' names, if anything is queued that does. Gives a promise when
   * it is not over when this returns, undefined otherwise.
   */
  namesSettled(): Promise<void> | undefined {
    return this.#queue.some((window) => window.changesNames) || this.#flight?.changesNames
      ? this.settled()
      : undefined
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
    for (const one of this.#running) one.abort(new ClosedError())
    for (const flight of [this.#flight, this.#follower]) flight?.fail(() => new ClosedError())
    for (const window of this.#queue.splice(0)) window.fail(() => new ClosedError())
  }

  #enqueue(request: Request, reply: Pending['reply'], signal?: AbortSignal): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const answer = new Promise((resolve, reject) => {
      if (this.#closed) throw new ClosedError()
      this.#openWindow(request).add({ request, reply, resolve, reject, done: false })
      this.#schedule()
    })
    return signal ? unlessAborted(answer, signal) : answer
  }

  /** The window that the next request joins. What is blocking travels alone: its neighbours need not wait for a thread. */
  #openWindow(request: Request): Window {
    const last = this.#queue.at(-1)
    if (last instanceof Window && last.takes(request.blocking === true, this.socket.receiveBuffer))
      return last
    // A full one need not wait for the end of the tick: a thread has it while the next is encoded.
    if (last !== undefined && last.out.at > THREAD_BYTES) this.#flush()
    const window = new Window(this.#nextSequence(), this.#spare.pop() ?? new Writer())
    this.#queue.push(window)
    return window
  }

  #bulkWindow<I>(account: BulkAccount<I>): BulkWindow<I> {
    return new BulkWindow(this.#spare.pop() ?? new Writer(), account, this.socket.receiveBuffer)
  }

  /** Sends a window in its turn, behind what was asked before; over when all its answers are there. */
  async #fly<I>(window: BulkWindow<I>): Promise<void> {
    if (this.#closed) throw new ClosedError()
    window.close(this.#nextSequence())
    this.#queue.push(window)
    await this.settled()
    if (tickBudgetSpent()) await yieldToEventLoop()
  }

  #nextSequence(): number {
    const last = this.#queue.at(-1)
    return last ? last.first + last.count : this.#sequence
  }

  #schedule(): void {
    if (this.#scheduled || this.#landing) return
    this.#scheduled = true
    const flush = () => {
      this.#scheduled = false
      this.#flush()
    }
    // A promise's reaction: `queueMicrotask` carries an asynchronous context along, at five times the price.
    if (tickBudgetSpent()) setImmediate(flush)
    else SOON.then(flush)
  }

  /** Sends window after window, until one needs to be waited for. */
  #flush(): void {
    while (this.#landing === undefined && !this.#closed) {
      const flight = this.#queue.shift()
      if (flight === undefined) return
      this.#sequence = flight.first + flight.count
      if (flight.count === 0) continue
      this.#flight = flight
      if (flight.blocking || flight.out.at > THREAD_BYTES) this.#land(this.#sendAsync(flight))
      else {
        this.#sent(flight, this.#send(flight))
        if (flight.open > 0) this.#land(this.#await(flight))
        else {
          this.#done(flight)
          if (this.#queue.length > 0 && tickBudgetSpent()) this.#land(yieldToEventLoop())
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

  #done(flight: Flight): void {
    this.#flight = undefined
    if (this.#spare.length < 2) this.#spare.push(flight.out)
  }

  async #sendAsync(first: Flight): Promise<void> {
    let flight = first
    let sending = this.socket.sendAsync(flight.out.written())
    for (;;) {
      let next: Promise<number> | undefined
      try {
        const count = await sending
        if (count >= 0) next = this.#sendFollower(flight)
        this.#sent(flight, count)
      } catch (error) {
        flight.fail(() => error)
      }
      if (flight.open > 0) await this.#await(flight)
      const follower = this.#follower
      if (next === undefined || follower === undefined) return
      this.#done(flight)
      this.#follower = undefined
      this.#flight = flight = follower
      sending = next
    }
  }

  /** Sends the next window as well, if it is a large one and the answers to both find room: the kernel need not wait. */
  #sendFollower(flight: Flight): Promise<number> | undefined {
    const [next] = this.#queue
    if (this.#closed || !(flight instanceof Window && next instanceof Window)) return undefined
    if (next.blocking || next.changesNames || next.out.at <= THREAD_BYTES) return undefined
    if (flight.cost + next.cost > this.socket.receiveBuffer) return undefined
    this.#queue.shift()
    this.#sequence = next.first + next.count
    this.#follower = next
    return this.socket.sendAsync(next.out.written())
  }

  #send({ out }: Flight): number {
    return this.socket.send(out.bytes, out.at)
  }

  #sent(flight: Flight, count: number): void {
    let sent = count
    while (sent === -EINTR) sent = this.#send(flight)
    if (sent < 0) flight.fail((request) => new SystemError(`send ${request.name}`, -sent, request.subject))
    else this.#drain(flight)
  }

  /** Waits for answers that were not there when the request returned: the kernel has none such today. */
  #await(flight: Flight): Promise<void> {
    return new Promise((resolve) => {
      const { timeout } = this.#options
      const timer = setTimeout(() => {
        flight.fail((request) => new TimeoutError(request.name, timeout))
        this.#stopWaiting?.()
      }, timeout)
      this.#stopWaiting = () => {
        clearTimeout(timer)
        this.#stopWaiting = undefined
        this.socket.onReadable(undefined)
        resolve()
      }
      this.socket.onReadable(() => {
        this.#drain(flight)
        if (flight.open === 0) this.#stopWaiting?.()
      })
    })
  }

  /** Reads until all of the flight have their answers, or nothing is there to be read. */
  #drain(flight: Flight): void {
    let lost = false
    while (flight.open > 0) {
      const length = this.socket.receive(received.bytes)
      if (length === -EINTR) continue
      if (length === -ENOBUFS) lost = true
      else if (length < 0) {
        if (length !== -EAGAIN) flight.fail((request) => new SystemError(`receive ${request.name}`, -length))
        else if (lost)
          flight.fail((request) => new SystemError(`receive ${request.name}`, ENOBUFS, request.subject))
        return
      } else if (this.socket.sender === 0) this.#read(flight, length)
    }
  }

  #read(flight: Flight, length: number): void {
    try {
      this.#dispatch(flight, length)
    } catch (error) {
      flight.fail(() => error)
    }
  }

  #dispatch(flight: Flight, length: number): void {
    if (length > received.bytes.length) {
      growReceiveMemory(length)
      flight.fail((request) => new SystemError(`receive ${request.name}`, EMSGSIZE, request.subject))
      return
    }
    for (let at = 0; at + HEADER_SIZE <= length; ) {
      const size = received.view.getUint32(at, true)
      if (size < HEADER_SIZE || at + size > length) return
      const type = received.view.getUint16(at + 4, true)
      const sequence = received.view.getUint32(at + 8, true)
      const payload = at + HEADER_SIZE
      const owner = this.#follower && isOf(this.#follower, sequence) ? this.#follower : flight
      if (type === controlType.error) {
        const flags = received.view.getUint16(at + 6, true)
        owner.acknowledge(sequence, decodeError(received.view, payload, size - HEADER_SIZE, flags))
      } else if (type > controlType.overrun) {
        owner.reply(type, sequence, received.view, payload, size - HEADER_SIZE)
      }
      at += (size + 3) & ~3
    }
  }
}

function isOf({ first, count }: Flight, sequence: number): boolean {
  return (sequence - first) >>> 0 < count
}

function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason)
    const settled = () => signal.removeEventListener('abort', aborted)
    signal.addEventListener('abort', aborted)
    answer.then(resolve, reject).then(settled)
  })
}
