import type { SpawnOptions } from 'node:child_process'
import { fstatSync } from 'node:fs'
import { Server, Socket } from 'node:net'
import { inspect } from '../../protocol/errors.js'
import { ArgumentError } from '../errors.js'

type Stdio = SpawnOptions['stdio']

/** What `stdio` may be for all standard files at once; in a list, an entry may be `'ipc'` too. */
const NAMES: readonly unknown[] = ['pipe', 'overlapped', 'ignore', 'inherit']
const ENTRY = `${NAMES.map((name) => `'${name}'`).join(', ')}, 'ipc', null, an open fd, or a stream with one`
const SOCKET = 'a connected net.Socket, a listening net.Server, or an open fd'

/** The handle of a socket or server of `node:net`, as `child_process` itself takes it; null when it is closed. */
interface HandleOwner {
  readonly _handle?: { readonly fd?: number } | null
  /** Of a tls.TLSSocket: the program would get the bytes of TLS. */
  readonly encrypted?: boolean
}

/**
 * The files of a program as `child_process` takes them. It finds out only after it has started the program that it
 * cannot use some of them, such as a server: then the program would run on without a handle to it.
 * @throws {@link ArgumentError} when it is neither a name nor a list, or an entry is not an open file
 */
export function checkedStdio(stdio: Stdio): Stdio {
  if (stdio === undefined || stdio === null || NAMES.includes(stdio)) return stdio
  if (!Array.isArray(stdio)) {
    throw new ArgumentError('stdio', stdio, `${NAMES.map((name) => `'${name}'`).join(', ')}, or a list`)
  }
  return Array.from(stdio, (entry: unknown, i) => {
    if (entry === undefined || entry === null || entry === 'ipc' || NAMES.includes(entry)) return entry
    return openFile(entry) ?? refuse(`stdio[${i}]`, entry, ENTRY)
  }) as Stdio
}

/**
 * Sockets as `child_process` takes them in `stdio`.
 * @throws {@link ArgumentError} when it is not a list, or an entry is not open
 */
export function checkedSockets(sockets: readonly unknown[]): unknown[] {
  if (!Array.isArray(sockets)) throw new ArgumentError('sockets', sockets, 'an array of sockets or fds')
  return Array.from(sockets, (entry, i) => openFile(entry) ?? refuse(`sockets[${i}]`, entry, SOCKET))
}

function refuse(argument: string, entry: unknown, expected: string): never {
  throw new ArgumentError(
    argument,
    entry,
    expected,
    `${argument} must be ${expected}, got ${describe(entry)}`,
  )
}

function describe(entry: unknown): string {
  if (typeof entry === 'number') return `${entry}, which is not open`
  if (entry instanceof Server) return 'a net.Server that does not listen'
  if (!(entry instanceof Socket)) return inspect(entry)
  if ((entry as HandleOwner).encrypted) return 'a tls.TLSSocket'
  return entry.destroyed ? 'a net.Socket that is destroyed' : 'a net.Socket that is not connected'
}

/** The fd of an open file, or the socket, of which `child_process` stops the reading; otherwise undefined. */
function openFile(entry: unknown): unknown {
  if (typeof entry === 'number') return isOpen(entry) ? entry : undefined
  if (typeof entry !== 'object' || entry === null) return undefined
  const { fd } = entry as { fd?: unknown }
  if (typeof fd === 'number') return isOpen(fd) ? fd : undefined
  const { _handle, encrypted } = entry as HandleOwner
  if (encrypted || !isOpen(_handle?.fd)) return undefined
  if (entry instanceof Server) return _handle?.fd
  return entry instanceof Socket ? entry : undefined
}

function isOpen(fd: unknown): boolean {
  try {
    fstatSync(fd as number)
    return true
  } catch {
    // EBADF, or no fd at all.
    return false
  }
}
