import { Connection } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import { NetlinkSocket } from '../ffi/netlink-socket.js'
import { Netns } from '../netns/netns.js'
import type { NetnsRef } from '../netns/reference.js'
import { Addresses } from './addresses.js'
import { Context } from './context.js'
import { Links } from './links.js'
import { Nsids } from './nsids.js'
import { Raw } from './raw.js'
import { Routes } from './routes.js'
import { type WatchEvent, type WatchOptions, watch } from './watch.js'
import type { Watchable } from './watch-tables.js'

const NETLINK_ROUTE = 0
const MIB = 1024 * 1024

export interface RtNetlinkOptions {
  /** The namespace to talk to; the calling thread's own otherwise. */
  readonly netns?: NetnsRef | undefined
  /** How long to wait for an answer of the kernel's, ms; 10,000 otherwise. It has never been seen to take any time. */
  readonly timeout?: number | undefined
  /** The receive buffer to ask for, bytes; 8 MiB otherwise. The unprivileged get net.core.rmem_max. */
  readonly receiveBuffer?: number | undefined
}

/**
 * A conversation with the kernel about one network namespace: its links, addresses and routes.
 *
 * ```ts
 * await using net = await RtNetlink.open({ netns: 'blue' })
 * await net.links.set('lo', { up: true })
 * ```
 */
export class RtNetlink implements AsyncDisposable, Disposable {
  readonly links: Links
  readonly addresses: Addresses
  readonly routes: Routes
  readonly nsids: Nsids
  readonly raw: Raw
  readonly #connection: Connection<NetlinkSocket>
  readonly #netns: Netns
  readonly #context: Context

  private constructor(netns: Netns, options: RtNetlinkOptions) {
    const { timeout = 10_000, receiveBuffer = 8 * MIB } = options
    check('timeout', timeout, 'milliseconds, 1 or more')
    check('receiveBuffer', receiveBuffer, 'bytes, 1 or more')
    this.#netns = netns
    this.#connection = new Connection({
      open: () => netns.run(() => new NetlinkSocket(NETLINK_ROUTE, { receiveBuffer, sendBuffer: MIB })),
      timeout,
    })
    const context = new Context(this.#connection)
    this.#context = context
    this.links = new Links(context)
    this.addresses = new Addresses(context)
    this.routes = new Routes(context)
    this.nsids = new Nsids(context)
    this.raw = new Raw(context)
  }

  /**
   * Opens a socket in a namespace. Works from anywhere: the process itself stays where it is.
   * @throws ArgumentError, SystemError `ENOENT` when there is no such namespace, `EPERM` when it may not be entered
   * @throws Error where this is not Linux
   */
  static async open(options: RtNetlinkOptions = {}): Promise<RtNetlink> {
    const netns = options.netns === undefined ? Netns.current() : Netns.open(options.netns)
    try {
      return new RtNetlink(netns, options)
    } catch (error) {
      netns.close()
      throw error
    }
  }

  /**
   * Tells of links, addresses and routes: first all there are, as `added`, then `synced`, then what happens, as `added`,
   * `changed` and `removed`. Nothing is lost between; when the kernel's buffer overran, `overrun` says so, everything is
   * listed anew and the difference told.
   *
   * ```ts
   * for await (const event of net.watch(['link', 'address'], { signal })) console.log(event.type)
   * ```
   * @throws ArgumentError, NetlinkError, SystemError, ClosedError; the signal's reason
   */
  watch<K extends keyof Watchable>(
    sorts: readonly K[],
    options: WatchOptions = {},
  ): AsyncGenerator<WatchEvent<K>, void, undefined> {
    return watch(this.#context, this.nsids, sorts, options)
  }

  /** Closes the sockets; what is still pending is rejected with `ClosedError`. Again does nothing. */
  close(): void {
    this.#connection.close()
    this.#netns.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

function check(argument: string, value: number, expected: string): void {
  if (!Number.isInteger(value) || value < 1) throw new ArgumentError(argument, value, expected)
}
