import { ArgumentError, SystemError } from '../errors.js'
import { closeFd, type Fd, openReadOnly } from '../ffi/fd.js'
import { isNetns } from '../ffi/namespace.js'
import { netnsPath, noSuchName } from './named.js'

/**
 * A network namespace, by whatever is at hand: the name that iproute2 knows it by, the id of a process in it, an
 * open file, a path, or a `Netns`. A bare number is a process id, as it is for `ip link set … netns`.
 */
export type NetnsRef =
  | string
  | number
  | { readonly pid: number }
  | { readonly path: string }
  | { readonly fd: number }

const EXPECTED = 'a network namespace: a name, a process id, { pid }, { path }, { fd } or a Netns'

/** How a namespace is referred to in messages to people. */
export function describeNetns(ref: NetnsRef): string {
  if (typeof ref === 'string') return ref
  if (typeof ref === 'number') return `of process ${ref}`
  if ('path' in ref) return ref.path
  return 'pid' in ref ? `of process ${ref.pid}` : `behind fd ${ref.fd}`
}

/**
 * Opens a network namespace: a descriptor that the caller owns and closes.
 * @throws {@link ArgumentError} when `ref` cannot refer to a network namespace
 * @throws {@link SystemError} `ENOENT` when there is no such name or process
 */
export function openNetns(ref: NetnsRef, argument = 'netns'): Fd {
  const fd = open(ref, argument)
  if (isNetns(fd)) return fd
  closeFd(fd)
  throw notNetns(ref, argument)
}

/** Opens the namespace behind the caller's descriptor once more. Other files may not bear being opened again. */
function duplicate(fd: Fd, ref: NetnsRef, argument: string): Fd {
  if (!isNetns(fd)) throw notNetns(ref, argument)
  return openReadOnly(`/proc/self/fd/${fd}`)
}

function notNetns(ref: NetnsRef, argument: string): ArgumentError {
  return new ArgumentError(argument, ref, 'a network namespace; the file is something else')
}

function open(ref: NetnsRef, argument: string): Fd {
  if (typeof ref === 'string') return openName(ref, argument)
  if (typeof ref === 'number') return openPid(ref, argument)
  if (typeof ref === 'object' && ref !== null) {
    if ('fd' in ref && isCount(ref.fd)) return duplicate(ref.fd as Fd, ref, argument)
    if ('pid' in ref) return openPid(ref.pid, `${argument}.pid`)
    if ('path' in ref && typeof ref.path === 'string') return openReadOnly(ref.path)
  }
  throw new ArgumentError(argument, ref, EXPECTED)
}

function openName(name: string, argument: string): Fd {
  const path = netnsPath(name, argument)
  try {
    return openReadOnly(path)
  } catch (error) {
    throw error instanceof SystemError && error.code === 'ENOENT' ? noSuchName(name) : error
  }
}

function openPid(pid: number, argument: string): Fd {
  if (!isCount(pid) || pid === 0) throw new ArgumentError(argument, pid, 'a process id, 1 or more')
  try {
    return openReadOnly(`/proc/${pid}/ns/net`)
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'ENOENT') throw error
    throw new SystemError('open', error.errno, `/proc/${pid}/ns/net`, `no process has the id ${pid}`)
  }
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0
}
