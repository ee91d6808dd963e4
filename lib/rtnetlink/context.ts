import type { Connection } from '../connection/index.js'
import { existingLinkIndex, type LinkRef, linkIndexOf } from '../link-reference.js'
import type { NetnsIdentity } from '../netns/identity.js'
import { assertKnownKeys } from '../options.js'

/** How to wait for a request. */
export interface RequestOptions {
  /** Rejects the request with the signal's reason. A request that has not been sent yet is not sent. */
  readonly signal?: AbortSignal | undefined
}

/** @throws {@link ArgumentError} when an option is unknown, or `signal` is not an `AbortSignal` */
export function assertRequestOptions(options: RequestOptions): void {
  assertKnownKeys(options, ['signal'], 'options')
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

/** What the objects of one {@link RtNetlink} share: the connection, and how names of links are resolved. */
export class Context implements Resolver {
  readonly connection: Connection
  /** The identity of the connection's namespace; undefined over other transports. */
  readonly netnsIdentity: NetnsIdentity | undefined

  constructor(connection: Connection, netnsIdentity?: NetnsIdentity | undefined) {
    this.connection = connection
    this.netnsIdentity = netnsIdentity
  }

  /** Resolves the links of filters: an index without a link would match nothing, silently. */
  readonly existing: Resolver = {
    link: (link, argument) => existingLinkIndex(this.connection, link, argument),
  }

  link(link: LinkRef, argument: string): number {
    return linkIndexOf(this.connection, link, argument)
  }
}
