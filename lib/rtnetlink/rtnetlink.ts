import { type Opened, type OpenOptions, openConnection } from '../netns/open-connection.js'
import type { NetnsRef } from '../netns/reference.js'
import { Addresses } from './address/object.js'
import { Context } from './context.js'
import { Links } from './link/object.js'
import { Nsids } from './nsid/object.js'
import { Raw } from './raw.js'
import { Routes } from './route/object.js'
import { Rules } from './rule/object.js'
import type { Watchable } from './watch/tables.js'
import { type WatchEvent, type WatchOptions, watch } from './watch/watch.js'

const NETLINK_ROUTE = 0

export type RtNetlinkOptions = OpenOptions

/**
 * A conversation with the kernel about one network namespace: its links, addresses, routes and rules.
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
  readonly rules: Rules
  readonly nsids: Nsids
  readonly raw: Raw
  readonly #opened: Opened
  readonly #context: Context

  private constructor(opened: Opened) {
    this.#opened = opened
    const context = new Context(opened.connection)
    this.#context = context
    this.links = new Links(context)
    this.addresses = new Addresses(context)
    this.routes = new Routes(context)
    this.rules = new Rules(context)
    this.nsids = new Nsids(context)
    this.raw = new Raw(context)
  }

  /**
   * Opens a socket in a namespace. Works from anywhere: the process itself stays where it is.
   * @throws ArgumentError, SystemError `ENOENT` when there is no such namespace, `EPERM` when it may not be entered
   * @throws Error where this is not Linux
   */
  static async open(options: RtNetlinkOptions = {}): Promise<RtNetlink> {
    return new RtNetlink(openConnection(NETLINK_ROUTE, options))
  }

  /**
   * Tells of links, addresses, routes and rules: first all there are, as `added`, then `synced`, then what happens, as `added`,
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
    options: WatchOptions & {
      /** Watches this namespace, not the one of the connection. */
      readonly netns?: NetnsRef | undefined
    } = {},
  ): AsyncGenerator<WatchEvent<K>, void, undefined> {
    const { netns, ...how } = options
    return netns === undefined
      ? watch(this.#context, this.nsids, sorts, how)
      : watchElsewhere(netns, sorts, how)
  }

  /** Closes the sockets; what is still pending is rejected with `ClosedError`. Again does nothing. */
  close(): void {
    this.#opened.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

async function* watchElsewhere<K extends keyof Watchable>(
  netns: NetnsRef,
  sorts: readonly K[],
  options: WatchOptions,
): AsyncGenerator<WatchEvent<K>, void, undefined> {
  await using net = await RtNetlink.open({ netns })
  yield* net.watch(sorts, options)
}
