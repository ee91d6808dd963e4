import { inspect } from '../../protocol/errors.js'
import { ArgumentError, SystemError } from '../errors.js'
import { closeFd, type Fd, openReadOnly } from '../ffi/fd.js'
import { isNetns } from '../ffi/namespace.js'
import { assertInteger } from '../options.js'
import { sandboxHint } from '../privilege.js'
import { cannotOpen, netnsPath } from './named.js'

/**
 * A reference to a network namespace: a name as in `ip netns`, the id of a process in it, a path, an open file, or a
 * `Netns`. A number is a process id, as in `ip link set … netns`.
 */
export type NetnsRef =
  | string
  | number
  | { readonly pid: number }
  | { readonly path: string }
  | { readonly fd: number }

const EXPECTED = 'a network namespace (a name, a process id, { pid }, { path }, { fd } or a Netns)'
const PID_MAX = 0x7fffffff

/** How error messages name a namespace. */
export function netnsLabel(ref: NetnsRef): string {
  if (typeof ref === 'string') return `network namespace ${ref}`
  if (typeof ref === 'number') return `network namespace of process ${ref}`
  if ('path' in ref) return `network namespace ${ref.path}`
  return `network namespace of ${'pid' in ref ? `process ${ref.pid}` : `fd ${ref.fd}`}`
}

/**
 * Opens a network namespace: a descriptor that the caller owns and closes.
 * @throws {@link ArgumentError} when the value is not a reference, or refers to a file of another type
 * @throws {@link SystemError} `ENOENT` when there is no such name, process or path
 */
export function openNetns(ref: NetnsRef, argument = 'netns'): Fd {
  const fd = open(ref, argument)
  if (isNetns(fd)) return fd
  closeFd(fd)
  throw notNetns(ref, argument)
}

function open(ref: NetnsRef, argument: string): Fd {
  if (typeof ref === 'string') return openName(ref, argument)
  if (typeof ref === 'number') return openPid(ref, argument)
  if (typeof ref === 'object' && ref !== null) {
    if ('fd' in ref && isFd(ref.fd)) return duplicate(ref.fd, ref, argument)
    if ('pid' in ref) return openPid(ref.pid, `${argument}.pid`)
    if ('path' in ref && typeof ref.path === 'string') {
      return openPath(ref.path, `${argument}.path`)
    }
  }
  throw new ArgumentError(argument, ref, EXPECTED)
}

/** A namespace of a process. Only the main thread of a process is in /proc itself, the others below it. proc_pid_ns(5) */
const OF_PROCESS = /^\/proc\/(?:\d+)\/(?:task\/\d+\/)?ns\/net$/

/**
 * Opens a path.
 * @throws {@link SystemError} `EACCES`, with a hint for the namespace of another user's process
 */
function openPath(path: string, argument?: string): Fd {
  try {
    return openReadOnly(path, argument)
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EACCES' || !OF_PROCESS.test(path)) throw error
    const hint = `Permission denied: opening it needs the right to trace the process (ptrace(2)): ${sandboxHint()}`
    throw new SystemError('open', error.errno, path, hint, { cause: error })
  }
}

/** Opens the namespace behind the caller's descriptor again; files of other types may not allow that. */
function duplicate(fd: Fd, ref: NetnsRef, argument: string): Fd {
  if (!isNetns(fd)) throw notNetns(ref, argument)
  return openReadOnly(`/proc/self/fd/${fd}`)
}

function notNetns(ref: NetnsRef, argument: string): ArgumentError {
  const message = `${argument} must be a network namespace, but ${inspect(ref)} is not one`
  return new ArgumentError(argument, ref, 'a network namespace', message)
}

function openName(name: string, argument: string): Fd {
  const path = netnsPath(name, argument)
  try {
    return openReadOnly(path)
  } catch (error) {
    throw error instanceof SystemError && error.code === 'ENOENT' ? cannotOpen(name, error) : error
  }
}

function openPid(pid: number, argument: string): Fd {
  assertInteger(argument, pid, 1, PID_MAX)
  const path = `/proc/${pid}/ns/net`
  try {
    return openPath(path)
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'ENOENT') throw error
    throw new SystemError('open', error.errno, path, `no process has the id ${pid}`, { cause: error })
  }
}

function isFd(value: unknown): value is Fd {
  return Number.isInteger(value) && (value as number) >= 0
}
