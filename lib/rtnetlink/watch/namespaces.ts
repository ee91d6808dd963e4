import { statSync } from 'node:fs'
import { type Connection, isNetlinkError, tickBudgetSpent, yieldToEventLoop } from '../../connection/index.js'
import { isSystemError } from '../../errors.js'
import { NetlinkSocket } from '../../ffi/netlink-socket.js'
import { NETLINK_ROUTE } from '../../netns/defaults.js'
import { netnsFiles } from '../../netns/files.js'
import type { NetnsIdentity } from '../../netns/identity.js'
import { getNsid, listNsids, readNsid } from '../../netns/ids.js'
import { Netns } from '../../netns/netns.js'
import { type Opened, openConnection } from '../../netns/open-connection.js'

/** The device and inode of a namespace's file in nsfs, as text. Another namespace can get them later. */
type FileId = string

interface Found {
  readonly path: string
  readonly file: FileId
  /** No other namespace gets it, unless the kernel is older than 5.14. */
  readonly cookie: bigint | undefined
}

/**
 * The namespaces that have an id in the connection's own. Messages of theirs come over its socket, and links and
 * addresses are listed over it. For the other objects a connection is opened inside for as long as a listing takes:
 * it keeps the namespace in existence. The kernel does not give a namespace by its id, so it is looked for among the
 * files that refer to namespaces.
 */
export class Namespaces {
  readonly #connection: Connection
  /** The connection's own namespace; undefined over other transports. */
  readonly #own: FileId | undefined
  readonly #found = new Map<number, Found>()
  /** Those that no file refers to: a process may hold them by a socket alone. */
  readonly #missing = new Set<number>()
  /** The id that the connection's own namespace has in itself. */
  ownId: number | undefined

  constructor(connection: Connection, own: NetnsIdentity | undefined) {
    this.#connection = connection
    this.#own = own && textOf(own)
  }

  /** The ids of all other namespaces. */
  async list(signal: AbortSignal): Promise<number[]> {
    const all = await this.#connection.dump(listNsids(), readNsid, { signal }).toArray()
    await this.#search(all, signal)
    return all.filter((nsid) => nsid !== this.ownId)
  }

  /** What tells a namespace from another one that gets its id later; undefined if it is not known. */
  identity(nsid: number): bigint | FileId | undefined {
    const found = this.#found.get(nsid)
    return found?.cookie ?? found?.file
  }

  /** An id was given or taken away. */
  forget(nsid: number): void {
    this.#found.delete(nsid)
    this.#missing.delete(nsid)
    if (nsid === this.ownId) this.ownId = undefined
  }

  forgetAll(): void {
    this.#found.clear()
    this.#missing.clear()
    this.ownId = undefined
  }

  /** A connection inside, to be closed soon; undefined if there is no such namespace or it cannot be entered. */
  async open(nsid: number, signal: AbortSignal): Promise<Opened | undefined> {
    for (let attempt = 0; attempt < 2; attempt++) {
      if (!this.#found.has(nsid)) await this.#search([nsid], signal)
      const found = this.#found.get(nsid)
      if (found === undefined) return undefined
      try {
        if (fileAt(found.path) === found.file) {
          return openConnection(NETLINK_ROUTE, { netns: { path: found.path } })
        }
      } catch (error) {
        if (isSystemError(error, 'EPERM')) return undefined
        if (!isSystemError(error)) throw error
      }
      this.#found.delete(nsid)
    }
    return undefined
  }

  /** Looks for the files of namespaces. */
  async #search(nsids: readonly number[], signal: AbortSignal): Promise<void> {
    const wanted = new Set(
      nsids.filter((nsid) => nsid !== this.ownId && !this.#found.has(nsid) && !this.#missing.has(nsid)),
    )
    if (wanted.size === 0) return
    const seen = new Set<FileId>()
    for (const paths of netnsFiles()) {
      if (tickBudgetSpent()) await yieldToEventLoop()
      for (const path of paths) {
        const file = fileAt(path)
        if (file === undefined || seen.has(file)) continue
        seen.add(file)
        const found = await this.#ask(path, signal)
        if (found === undefined || !wanted.delete(found.nsid)) continue
        if (file === this.#own) this.ownId = found.nsid
        else this.#found.set(found.nsid, { path, file, cookie: found.cookie })
        if (wanted.size === 0) return
      }
    }
    for (const nsid of wanted) this.#missing.add(nsid)
  }

  /** The id of the namespace that a file refers to; undefined where it has none, or is none. */
  async #ask(
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly nsid: number; readonly cookie: bigint | undefined } | undefined> {
    let netns: Netns
    try {
      netns = Netns.open({ path })
    } catch {
      // Gone meanwhile, or a namespace of another kind.
      return undefined
    }
    try {
      const nsid = await this.#connection.query(() => getNsid(netns.fd), readNsid, { signal })
      return nsid === undefined ? undefined : { nsid, cookie: cookieOf(netns) }
    } catch (error) {
      if (isNetlinkError(error)) return undefined
      throw error
    } finally {
      netns.close()
    }
  }
}

function cookieOf(netns: Netns): bigint | undefined {
  try {
    const socket = netns.run(() => new NetlinkSocket(NETLINK_ROUTE))
    try {
      return socket.netnsCookie
    } finally {
      socket.close()
    }
  } catch (error) {
    if (isSystemError(error)) return undefined
    throw error
  }
}

const textOf = ({ dev, ino }: NetnsIdentity): FileId => `${dev}:${ino}`

function fileAt(path: string): FileId | undefined {
  try {
    return textOf(statSync(path, { bigint: true }))
  } catch {
    return undefined
  }
}
