import { inspect } from '../../protocol/errors.js'
import { ArgumentError, SystemError } from '../errors.js'
import { closeFd, type Fd, openReadOnly } from '../ffi/fd.js'
import { isNetns } from '../ffi/namespace.js'
import { assertInteger } from '../options.js'
import { nameNotFound, netnsPath } from './named.js'

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

export interface OpenedNetns {
  readonly fd: Fd
  /** True when the fd was opened here, so that it has to be closed; false when it is the caller's own. */
  readonly owned: boolean
}

/**
 * Opens the file of a namespace.
 * @throws {@link ArgumentError} when the value is not a reference, or refers to a file of another type
 * @throws {@link SystemError} `ENOENT` when there is no such name, process or path
 */
export function openNetns(ref: NetnsRef, argument = 'netns'): OpenedNetns {
  const opened = open(ref, argument)
  if (isNetns(opened.fd)) return opened
  releaseNetns(opened)
  const message = `${argument} must be a network namespace, but ${inspect(ref)} is not one`
  throw new ArgumentError(argument, ref, 'a network namespace', message)
}

/** Closes the fd if it is owned. */
export function releaseNetns({ fd, owned }: OpenedNetns): void {
  if (owned) closeFd(fd)
}

function open(ref: NetnsRef, argument: string): OpenedNetns {
  if (typeof ref === 'string') return { fd: openName(ref, argument), owned: true }
  if (typeof ref === 'number') return { fd: openPid(ref, argument), owned: true }
  if (typeof ref === 'object' && ref !== null) {
    if ('fd' in ref && isFd(ref.fd)) return { fd: ref.fd, owned: false }
    if ('pid' in ref) return { fd: openPid(ref.pid, `${argument}.pid`), owned: true }
    if ('path' in ref && typeof ref.path === 'string') return { fd: openReadOnly(ref.path), owned: true }
  }
  throw new ArgumentError(argument, ref, EXPECTED)
}

function openName(name: string, argument: string): Fd {
  const path = netnsPath(name, argument)
  try {
    return openReadOnly(path)
  } catch (error) {
    throw error instanceof SystemError && error.code === 'ENOENT' ? nameNotFound(name, error) : error
  }
}

function openPid(pid: number, argument: string): Fd {
  assertInteger(argument, pid, 1, PID_MAX)
  const path = `/proc/${pid}/ns/net`
  try {
    return openReadOnly(path)
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'ENOENT') throw error
    throw new SystemError('open', error.errno, path, `no process has the id ${pid}`, { cause: error })
  }
}

function isFd(value: unknown): value is Fd {
  return Number.isInteger(value) && (value as number) >= 0
}
