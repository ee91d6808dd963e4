import { closeSync, mkdirSync, openSync, readdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { ArgumentError, PRIVILEGE_HINT, SystemError } from '../errors.js'
import { MNT_DETACH, MS_BIND, MS_REC, MS_SHARED, mount, unmount } from '../ffi/mount.js'
import { unshareNetns } from '../ffi/namespace.js'
import { comingBack, OWN_NETNS } from './enter.js'

/** Where iproute2 keeps the names: a file for each, on which the namespace is mounted. ip-netns(8) */
export const NETNS_DIRECTORY = '/var/run/netns'

const EPERM = 1
const EINVAL = 22
const NAME_MAX = 255

/** The file that stands for a name. @throws ArgumentError */
export function netnsPath(name: string, argument = 'name'): string {
  if (
    typeof name !== 'string' ||
    name === '' ||
    name === '.' ||
    name === '..' ||
    /[/\0]/.test(name) ||
    Buffer.byteLength(name) > NAME_MAX
  ) {
    throw new ArgumentError(
      argument,
      name,
      `the name of a network namespace: 1 to ${NAME_MAX} bytes, neither "." nor "..", without "/"`,
    )
  }
  return join(NETNS_DIRECTORY, name)
}

/** The names there are, as `ip netns list` shows them, sorted. @throws SystemError */
export function listNames(): string[] {
  try {
    return readdirSync(NETNS_DIRECTORY).sort()
  } catch (error) {
    if (isErrno(error) && error.code === 'ENOENT') return []
    throw asSystemError(error, NETNS_DIRECTORY)
  }
}

/** Makes a new namespace and names it. @throws ArgumentError, SystemError: EEXIST, EPERM */
export function createNamed(name: string): void {
  mountOnName(name, (path) =>
    comingBack(() => {
      unshareNetns(PRIVILEGE_HINT)
      mountOrThrow(OWN_NETNS, path, MS_BIND)
    }),
  )
}

/** Names a namespace that is there. @throws ArgumentError, SystemError: EEXIST, EPERM */
export function attachName(name: string, fd: number): void {
  mountOnName(name, (path) => mountOrThrow(`/proc/thread-self/fd/${fd}`, path, MS_BIND))
}

function mountOnName(name: string, mountAt: (path: string) => void): void {
  const path = netnsPath(name)
  prepareDirectory()
  try {
    // The mode is iproute2's: nobody reads the file, it only carries the mount.
    closeSync(openSync(path, 'wx', 0o000))
  } catch (error) {
    throw asSystemError(error, path, {
      EEXIST: `a network namespace of this name exists already`,
      EACCES: PRIVILEGE_HINT,
    })
  }
  try {
    mountAt(path)
  } catch (error) {
    unlinkSync(path)
    throw error
  }
}

/**
 * Takes the name away. The namespace itself lives on until the last process and the last open file in it are gone.
 * @throws ArgumentError, SystemError: ENOENT, EPERM
 */
export function deleteNamed(name: string): void {
  const path = netnsPath(name)
  try {
    unmount(path, MNT_DETACH)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    if (error.code === 'ENOENT') throw noSuchName(name)
    // EINVAL: a file without a mount, left by someone who was killed half-way. It goes as well.
    if (error.code !== 'EINVAL') {
      throw error.code === 'EPERM' ? new SystemError('umount2', EPERM, path, PRIVILEGE_HINT) : error
    }
  }
  try {
    unlinkSync(path)
  } catch (error) {
    throw asSystemError(error, path)
  }
}

export function noSuchName(name: string): SystemError {
  return new SystemError('open', 2, join(NETNS_DIRECTORY, name), 'no network namespace has this name')
}

/**
 * Makes the directory a mount point of its own that is shared with other mount namespaces, so that a name made
 * here is seen, and a name deleted here is released, everywhere.
 */
export function prepareDirectory(): void {
  try {
    mkdirSync(NETNS_DIRECTORY, { recursive: true, mode: 0o755 })
  } catch (error) {
    throw asSystemError(error, NETNS_DIRECTORY, { EACCES: PRIVILEGE_HINT, EPERM: PRIVILEGE_HINT })
  }
  const errno = mount('', NETNS_DIRECTORY, MS_SHARED | MS_REC)
  if (errno === 0) return
  if (errno !== EINVAL) throw mountError(errno, NETNS_DIRECTORY)
  // Not a mount point yet.
  mountOrThrow(NETNS_DIRECTORY, NETNS_DIRECTORY, MS_BIND | MS_REC)
  mountOrThrow('', NETNS_DIRECTORY, MS_SHARED | MS_REC)
}

function mountOrThrow(source: string, target: string, flags: number): void {
  const errno = mount(source, target, flags)
  if (errno !== 0) throw mountError(errno, target)
}

function mountError(errno: number, target: string): SystemError {
  return new SystemError('mount', errno, target, errno === EPERM ? PRIVILEGE_HINT : undefined)
}

function isErrno(error: unknown): error is NodeJS.ErrnoException & { errno: number; syscall: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).errno === 'number'
}

/** Node's own errors in the words of this package. */
function asSystemError(error: unknown, path: string, hints: Record<string, string> = {}): unknown {
  if (!isErrno(error)) return error
  return new SystemError(error.syscall, Math.abs(error.errno), path, hints[error.code ?? ''])
}
