import { errno } from '../../protocol/index.js'
import { fitsInterfaceRequest } from '../link-reference.js'
import { Barrier } from './barrier.js'
import {
  actInBulk,
  type BulkContext,
  type BulkJobOptions,
  type BulkOptions,
  type BulkQueue,
  sendBulk,
} from './bulk.js'
import { Dump, type DumpSource } from './dump.js'
import { ClosedError } from './errors.js'
import type { Job } from './job.js'
import { ACK_COST } from './limits.js'
import type { Place } from './place.js'
import type { Buildable, JobOptions, Read, Request } from './request.js'
import { RequestJob } from './request-job.js'
import { SocketIo } from './socket-io.js'
import { type Abortable, type SubscribeOptions, Subscription } from './subscription.js'
import { Transaction } from './transaction.js'
import type { Transport } from './transport.js'

/** Sockets for dumps that are kept open between them. */
const IDLE_SOCKETS = 2

export interface ConnectionOptions {
  /** Opens a socket in the connection's namespace: one for requests, and one for each dump and subscription. */
  readonly open: () => Transport
  /** How long to wait for an answer that does not come, ms. */
  readonly timeout: number
}

/** How a dump is queued. */
export type DumpOptions = Pick<JobOptions, 'signal' | 'place'>

/** A dump's request, built when everything before it has been answered. */
export interface DumpRequest<V> {
  readonly request: Request
  /** Decodes an element; undefined leaves it out. */
  readonly read: Read<V | undefined>
}

/**
 * Requests and their answers over one netlink socket, of any netlink family.
 *
 * All requests of one tick are sent in one system call, in call order, and each promise settles with its own answer.
 * The {@link Queue} decides the order, and which requests wait for others.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #transport: Transport
  readonly #io: SocketIo
  readonly #idle: Transport[] = []
  /** The dumps, subscriptions and bulks to abort when the connection is closed. */
  readonly #running = new Set<Abortable>()
  #closed = false
  readonly #bulkQueue: BulkQueue

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#transport = options.open()
    this.#io = new SocketIo(this.#transport, options.timeout)
    this.#bulkQueue = {
      mostRequests: Math.max(1, Math.floor(this.#transport.receiveBuffer / ACK_COST)),
      running: this.#running,
      assertOpen: () => this.#assertOpen(),
      add: (job, place) => this.#add(job, place),
      keepPlace: (within) => this.keepPlace(within),
      drop: (job, reason) => this.#io.queue.drop(job, reason),
    }
  }

  /**
   * Sends a request that is only acknowledged.
   * @throws {@link EncodeError} when a value cannot be sent
   * @throws {@link NetlinkError} when the kernel refuses it
   * @throws {@link SystemError} when the socket fails
   * @throws {@link TimeoutError} when the kernel does not answer
   * @throws {@link ClosedError} when the connection is closed
   * @throws what the builder throws; the signal's reason
   */
  request<A = undefined>(what: Buildable<Request, A>, options?: JobOptions, argument?: A): Promise<void> {
    return this.#enqueue(what, argument as A, undefined, options) as Promise<void>
  }

  /**
   * Sends a request that one message answers.
   * @throws {@link DecodeError} when the answer is malformed, and as {@link Connection.request}
   */
  query<V, A = undefined>(
    what: Buildable<Request, A>,
    read: Read<V>,
    options?: JobOptions,
    argument?: A,
  ): Promise<V> {
    return this.#enqueue(what, argument as A, read, options)
  }

  /**
   * Keeps a place in the queue for an operation of several requests, which name it in their options: what is asked
   * later waits until the place is left (disposed of). The operation must not wait for any other request meanwhile.
   * @throws {@link ClosedError} when the connection is closed
   */
  keepPlace(within?: Place): Place {
    this.#assertOpen()
    return this.#io.queue.keepPlace(within)
  }

  /**
   * Sends a request for each item, without a promise for each. Returns how many items the kernel carried out.
   * @throws {@link BulkError} when any failed and `onFailure` did not take them
   * @throws {@link ClosedError} when the connection is closed
   * @throws what `items`, `onFailure` or `onProgress` throws; the signal's reason
   */
  bulk<I>(
    items: Iterable<I> | AsyncIterable<I>,
    toRequest: (item: I) => Request,
    options?: BulkOptions<I>,
    job?: BulkJobOptions,
  ): Promise<number> {
    return sendBulk(this.#bulkQueue, items, toRequest, options, job)
  }

  /**
   * The same for items that need more than one request: calls `act` for each, for a limited number of items at a time.
   * @throws as {@link Connection.bulk}
   */
  bulkByPromises<I>(
    items: Iterable<I> | AsyncIterable<I>,
    act: (item: I, context: BulkContext) => Promise<void>,
    options?: BulkOptions<I>,
  ): Promise<number> {
    return actInBulk(this.#bulkQueue, items, act, options)
  }

  /**
   * Sends requests between a begin and an end message; the kernel carries out all of them or none. Returns what `echo`
   * read for the requests that have it, in their order.
   * @throws {@link TransactionError} when any of several requests is refused
   * @throws {@link NetlinkError} when the only request, or the transaction as a whole, is refused
   * @throws {@link EncodeError} when a value cannot be sent
   * @throws {@link SystemError} when the socket fails
   * @throws {@link TimeoutError} when the kernel does not answer
   * @throws {@link ClosedError} when the connection is closed
   */
  transact(
    begin: Request,
    requests: readonly Request[],
    end: Request,
    place?: Place,
  ): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      this.#assertOpen()
      if (requests.length === 0) resolve([])
      else this.#add(new Transaction(begin, requests, end, resolve, reject), place)
    })
  }

  /**
   * Lists objects. Nothing is sent before the first element is read; the request then waits until all earlier requests
   * are answered. If `what` is a function, it is called at that point, so that names in filters are resolved no
   * earlier.
   */
  dump<V>(what: () => DumpRequest<V>, options?: DumpOptions): Dump<V>
  dump<V>(what: Request, read: Read<V | undefined>, options?: DumpOptions): Dump<V>
  dump<V>(
    what: Request | (() => DumpRequest<V>),
    second?: Read<V | undefined> | DumpOptions,
    third?: DumpOptions,
  ): Dump<V> {
    if (typeof what === 'function') return new Dump(this.#dumpSource(what, second as DumpOptions | undefined))
    const read = second as Read<V | undefined>
    return new Dump(this.#dumpSource(() => ({ request: what, read }), third))
  }

  /**
   * The index of the link with this name, or minus the errno: ENODEV if there is none. Costs 0.5 µs and takes no lock, so
   * nothing is cached. Alternative names that need a message go through a socket on which no answer is awaited.
   * @throws {@link SystemError} when such a socket cannot be opened
   */
  linkIndex(name: string): number {
    if (fitsInterfaceRequest(name)) return this.#transport.linkIndex(name)
    const socket = this.#acquire()
    const index = socket.linkIndex(name)
    this.#release(socket, index >= 0 || index === -errno.ENODEV)
    return index
  }

  /** False if there is no link with this name or index. */
  hasLink(link: string | number): boolean {
    if (typeof link === 'number') return this.#transport.hasLink(link)
    try {
      return this.linkIndex(link) !== -errno.ENODEV
    } catch {
      // No socket for the question: that is no proof.
      return true
    }
  }

  /**
   * Receives the messages of multicast groups from now on.
   * @throws {@link SystemError} when a group cannot be joined
   * @throws {@link ClosedError} when the connection is closed
   * @throws the signal's reason
   */
  subscribe(groups: readonly number[], options: SubscribeOptions = {}): Subscription {
    this.#assertOpen()
    return new Subscription(this.#options.open(), groups, options, this.#running)
  }

  /** Rejects everything that is pending with {@link ClosedError}, and closes the sockets. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#io.queue.close(() => new ClosedError())
    this.#transport.close()
    for (const socket of this.#idle.splice(0)) socket.close()
    for (const one of this.#running) one.abort(new ClosedError())
  }

  #enqueue<V, A>(
    what: Buildable<Request, A>,
    argument: A,
    read: Read<V> | undefined,
    options?: JobOptions,
  ): Promise<V> {
    return new Promise((resolve, reject) => {
      const signal = options?.signal
      if (signal?.aborted || this.#closed) {
        options?.release?.()
        throw signal?.aborted ? signal.reason : new ClosedError()
      }
      const job = new RequestJob(what, argument, read, options, resolve, reject)
      if (signal) job.listen(signal, (one, reason) => this.#io.queue.drop(one, reason))
      this.#io.queue.add(job, options?.place)
    })
  }

  /**
   * Has `one` aborted when the connection is closed, until the returned function is called.
   * @throws {@link ClosedError} when it is closed
   */
  attach(one: Abortable): () => void {
    this.#assertOpen()
    this.#running.add(one)
    return () => this.#running.delete(one)
  }

  #assertOpen(): void {
    if (this.#closed) throw new ClosedError()
  }

  #add(job: Job, place?: Place): void {
    this.#assertOpen()
    this.#io.queue.add(job, place)
  }

  #dumpSource<V>(build: () => DumpRequest<V>, { signal, place }: DumpOptions = {}): DumpSource<V> {
    return {
      build,
      signal,
      running: this.#running,
      timeout: this.#options.timeout,
      whenReached: (reached, failed) => this.#add(new Barrier(reached, failed), place),
      acquire: () => this.#acquire(),
      release: (transport, clean) => this.#release(transport, clean),
    }
  }

  /** A socket on which no answer is awaited. */
  #acquire(): Transport {
    this.#assertOpen()
    return this.#idle.pop() ?? this.#options.open()
  }

  /** @param clean whether all its answers have been read */
  #release(transport: Transport, clean: boolean): void {
    if (clean && !this.#closed && this.#idle.length < IDLE_SOCKETS) this.#idle.push(transport)
    else transport.close()
  }
}
