import type { Connection } from '../connection/index.js'
import { ArgumentError, LinkNotFoundError } from '../errors.js'
import { linkIndex } from '../ffi/link-index.js'
import type { NetlinkSocket } from '../ffi/netlink-socket.js'
import { type NetnsRef, type OpenedNetns, openNetns, releaseNetns } from '../netns/reference.js'

/** A link, by its name (or one of its alternative names) or by its index. */
export type LinkRef = string | number

/** How to wait for what is asked. */
export interface RequestOptions {
  /** Ends the wait, with the signal's reason: what is on its way by then may be done all the same. */
  readonly signal?: AbortSignal | undefined
}

/** The longest name that a link has: IFNAMSIZ less its NUL. Alternative names go up to 127. */
export const NAME_MAX = 15

/** What the objects of the API share: the connection, and how references become numbers. */
export class Context {
  readonly connection: Connection<NetlinkSocket>
  #waiting: Promise<void> | undefined

  constructor(connection: Connection<NetlinkSocket>) {
    this.connection = connection
  }

  /**
   * Runs what looks up names, in the order in which it was asked: at once, unless a link that is about to come, go or
   * change its name is still on its way.
   */
  inOrder<T>(run: () => Promise<T>): Promise<T> {
    const before = this.#waiting ?? this.connection.namesSettled()
    if (before === undefined) {
      try {
        return run()
      } catch (error) {
        return Promise.reject(error)
      }
    }
    // Whoever waited before has asked by then: that may concern names as well.
    const turn = before.then(() => this.connection.namesSettled())
    this.#waiting = turn
    return turn.then(() => {
      if (this.#waiting === turn) this.#waiting = undefined
      return run()
    })
  }

  /** The index of a link. @throws ArgumentError, LinkNotFoundError */
  index(link: LinkRef, argument: string): number {
    if (typeof link === 'number') {
      if (Number.isInteger(link) && link > 0 && link <= 0x7fffffff) return link
      throw new ArgumentError(argument, link, 'the index of a link, 1 or more')
    }
    if (typeof link !== 'string' || link === '') {
      throw new ArgumentError(argument, link, 'the name or the index of a link')
    }
    if (link.length > NAME_MAX) {
      throw new ArgumentError(argument, link, `a link's name, of at most ${NAME_MAX} bytes`)
    }
    const index = linkIndex(this.connection.socket.fd, link)
    if (index < 0) throw new LinkNotFoundError(argument, link)
    return index
  }

  /** Opens namespaces for as long as `run` takes. @throws ArgumentError, SystemError */
  async withNetns<T>(run: (open: (ref: NetnsRef, argument: string) => number) => Promise<T>): Promise<T> {
    const opened: OpenedNetns[] = []
    try {
      return await run((ref, argument) => {
        const netns = openNetns(ref, argument)
        opened.push(netns)
        return netns.fd
      })
    } finally {
      for (const netns of opened) releaseNetns(netns)
    }
  }
}
