import type { Connection, JobOptions, Read, Request } from '../connection/index.js'
import { ArgumentError, LinkNotFoundError } from '../errors.js'
import { closeFd } from '../ffi/fd.js'
import { type NetnsRef, type OpenedNetns, openNetns } from '../netns/reference.js'

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
  readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** Sends a request, built when earlier changes of link names have been answered. */
  request(build: () => Request, options?: RequestOptions): Promise<void> {
    return this.connection.request(build, jobOptions(options))
  }

  /** As `request`, for a request that one message answers. */
  query<V>(build: () => Request, read: Read<V>, options?: RequestOptions): Promise<V> {
    return this.connection.query(build, read, jobOptions(options))
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
    const index = this.connection.linkIndex(link)
    if (index < 0) throw new LinkNotFoundError(argument, link)
    return index
  }

  /** As `request`, with namespaces that stay open until the request has been answered or dropped. */
  requestWithNetns(build: (open: OpenNetns) => Request, options?: RequestOptions): Promise<void> {
    const { open, release } = this.#opener()
    return this.connection.request(() => build(open), { usesNames: true, signal: options?.signal, release })
  }

  /** As `query`, with namespaces that stay open until the request has been answered or dropped. */
  queryWithNetns<V>(build: (open: OpenNetns) => Request, read: Read<V>): Promise<V> {
    const { open, release } = this.#opener()
    return this.connection.query(() => build(open), read, { usesNames: true, release })
  }

  #opener(): { open: OpenNetns; release: () => void } {
    const opened: OpenedNetns[] = []
    return {
      open: (ref, argument) => {
        const netns = openNetns(ref, argument)
        opened.push(netns)
        return netns.fd
      },
      release: () => {
        for (const { fd, lent } of opened) if (!lent) closeFd(fd)
      },
    }
  }
}

/** Opens a namespace. @throws ArgumentError, SystemError */
export type OpenNetns = (ref: NetnsRef, argument: string) => number

const USES_NAMES: JobOptions = { usesNames: true }

/** Shared where there is no signal: a hundred thousand requests may wait at once. */
function jobOptions(options: RequestOptions | undefined): JobOptions {
  return options?.signal === undefined ? USES_NAMES : { usesNames: true, signal: options.signal }
}
