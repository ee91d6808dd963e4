import type { Connection } from '../connection/index.js'
import { ArgumentError, LinkNotFoundError } from '../errors.js'
import { assertInteger, assertKnownKeys, assertLinkName, assertSignal } from '../options.js'

/** A link, by its name (or one of its alternative names) or by its index. */
export type LinkRef = string | number

/** How to wait for a request. */
export interface RequestOptions {
  /** Rejects the request with the signal's reason. A request that has not been sent yet is not sent. */
  readonly signal?: AbortSignal | undefined
}

/** @throws {@link ArgumentError} when an option is unknown, or `signal` is not an `AbortSignal` */
export function assertRequestOptions(options: RequestOptions): void {
  assertKnownKeys(options, ['signal'], 'options')
  assertSignal(options.signal, 'options.signal')
}

/** Turns references into the numbers that messages carry. Names are resolved when the request is encoded. */
export interface Resolver {
  /**
   * The index of a link.
   * @throws {@link ArgumentError} when `link` cannot refer to one
   * @throws {@link LinkNotFoundError} when no link has this name
   */
  link(link: LinkRef, argument: string): number
}

/** The largest interface index (`int`). */
const INDEX_MAX = 0x7fffffff

/** What the objects of one {@link RtNetlink} share: the connection, and how names of links are resolved. */
export class Context implements Resolver {
  readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** Resolves the links of filters: an index without a link would match nothing, silently. */
  readonly existing: Resolver = {
    link: (link, argument) => {
      const index = this.link(link, argument)
      if (typeof link === 'number' && !this.connection.hasLink(link)) {
        throw new LinkNotFoundError(argument, link)
      }
      return index
    },
  }

  link(link: LinkRef, argument: string): number {
    if (typeof link === 'number') {
      assertInteger(argument, link, 1, INDEX_MAX)
      return link
    }
    if (typeof link !== 'string') throw new ArgumentError(argument, link, 'the name or the index of a link')
    assertLinkName(argument, link)
    const index = this.connection.linkIndex(link)
    if (index < 0) throw new LinkNotFoundError(argument, link)
    return index
  }
}
