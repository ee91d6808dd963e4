import { Stream } from '../connection/index.js'
import { NETLINK_ROUTE } from '../netns/defaults.js'
import { type Opened, type OpenOptions, openConnection } from '../netns/open-connection.js'
import type { NetnsRef } from '../netns/reference.js'
import { assertBoolean, assertKnownKeys } from '../options.js'
import { Context } from './context.js'
import * as objects from './objects.js'
import { Raw } from './raw.js'
import type { ObjectName, WatchEvent } from './watch/events.js'
import { watchedDescriptions } from './watch/objects.js'
import { openWatch, type WatchOptions } from './watch/watch.js'

export type RtNetlinkOptions = OpenOptions

type Objects = typeof objects
/** The API of each kind of object, by the name that `objects.ts` exports it under. */
type ObjectApis = { readonly [K in keyof Objects]: ReturnType<Objects[K]['open']> }

export interface RtNetlink extends ObjectApis {}

/**
 * A connection to the kernel's NETLINK_ROUTE family in one network namespace: its links, addresses, routes, rules and
 * more.
 *
 * ```ts
 * await using net = await RtNetlink.open({ netns: 'blue' })
 * await net.links.set('lo', { up: true })
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor assigns every member of ObjectApis
export class RtNetlink implements AsyncDisposable, Disposable {
  readonly raw: Raw
  readonly #opened: Opened
  readonly #context: Context

  /** For tests over another transport; programs use {@link RtNetlink.open}. */
  constructor(opened: Opened) {
    this.#opened = opened
    const context = new Context(opened.connection, opened.netnsIdentity)
    this.#context = context
    for (const [name, { open }] of Object.entries(objects)) Object.assign(this, { [name]: open(context) })
    this.raw = new Raw(context)
  }

  /**
   * Opens a socket in a network namespace. The process itself stays in its own.
   * @throws {@link ArgumentError} when an option is invalid
   * @throws {@link SystemError} `ENOENT` when there is no such namespace, `EPERM` when it may not be entered
   * @throws {@link UnsupportedPlatformError} where this is not Linux on a little-endian processor
   */
  static async open(options: RtNetlinkOptions = {}): Promise<RtNetlink> {
    return new RtNetlink(openConnection(NETLINK_ROUTE, options))
  }

  /**
   * Watches kinds of objects: emits those that exist as `added`, then `synced`, then changes as `added`, `changed` and
   * `removed`, with nothing lost in between. After an overrun of the kernel's buffer, emits `overrun`, lists everything
   * again, and emits the differences, then `synced`.
   *
   * ```ts
   * for await (const event of net.watch(['link', 'address'], { signal })) console.log(event.type)
   * ```
   * @throws {@link ArgumentError} when there is no such kind of object
   * @throws {@link NetlinkError} when the kernel refuses a listing
   * @throws {@link SystemError} when the socket fails
   * @throws {@link ClosedError} when the connection is closed; the signal's reason when it is aborted
   */
  watch<K extends ObjectName>(
    names: readonly K[],
    options: WatchOptions & {
      /** Watches this namespace instead of the connection's. */
      readonly netns?: NetnsRef | undefined
    } = {},
  ): AsyncGenerator<WatchEvent<K>, void, undefined> {
    const open = () => {
      assertKnownKeys(options, ['signal', 'allNamespaces', 'netns'], 'options')
      const descriptions = watchedDescriptions(names)
      assertBoolean('options.allNamespaces', options.allNamespaces)
      if (options.netns === undefined) return openWatch(this.#context, descriptions, options)
      const opened = openConnection(NETLINK_ROUTE, { netns: options.netns })
      try {
        const detach = this.#context.connection.attach({ abort: () => opened.close() })
        const context = new Context(opened.connection, opened.netnsIdentity)
        const { batches, stop } = openWatch(context, descriptions, options)
        return {
          batches,
          stop() {
            detach()
            stop()
            opened.close()
          },
        }
      } catch (error) {
        opened.close()
        throw error
      }
    }
    return new Stream(open, options?.signal) as AsyncGenerator<never> as AsyncGenerator<WatchEvent<K>, void>
  }

  /** Closes the sockets; pending requests are rejected with {@link ClosedError}. Idempotent. */
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
