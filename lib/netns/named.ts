import { closeSync, lstatSync, openSync, rmdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { encodeUtf8, errno } from '../../protocol/index.js'
import { ArgumentError, SystemError } from '../errors.js'
import { closeFd, openReadOnly } from '../ffi/fd.js'
import { MNT_DETACH, MS_BIND, UMOUNT_NOFOLLOW, unmount } from '../ffi/mount.js'
import { isNetns, unshareNetns } from '../ffi/namespace.js'
import { toSystemError } from '../node-error.js'
import { namesIn, pathBytes } from '../path.js'
import { privilegeHint } from '../privilege.js'
import { folderHint, makeDirectory, mountOrThrow, NETNS_DIRECTORY, shareDirectory } from './directory.js'
import { OWN_NETNS, restoringNetns } from './enter.js'

const { ENOENT, EPERM } = errno
/** NAME_MAX of include/uapi/linux/limits.h: the longest file name, in bytes. */
const NAME_MAX = 255

/**
 * The file of a name.
 * @throws {@link ArgumentError} when the value cannot be a file's name
 */
export function netnsPath(name: string, argument = 'name'): string {
  const bytes = typeof name === 'string' ? encodeUtf8(name) : undefined
  const reserved = name === '' || name === '.' || name === '..'
  if (bytes === undefined || bytes.length > NAME_MAX || reserved || /[/\0]/.test(name)) {
    throw new ArgumentError(
      argument,
      name,
      `the name of a network namespace (1 to ${NAME_MAX} bytes without "/" and NUL, neither "." nor "..")`,
    )
  }
  return join(NETNS_DIRECTORY, name)
}

/**
 * All names, sorted. The same as `ip netns list`, which lists each file of the folder.
 * @throws {@link SystemError} when the directory exists and cannot be read
 */
export function listNames(): string[] {
  try {
    return namesIn(NETNS_DIRECTORY).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw toSystemError(error, NETNS_DIRECTORY)
  }
}

/**
 * Makes a new namespace with a name.
 * @throws {@link ArgumentError} when the value cannot be a name
 * @throws {@link SystemError} `EEXIST` when the name is taken, `EPERM` without CAP_SYS_ADMIN
 */
export function createNamed(name: string): void {
  // The way back is proved before anything is made.
  restoringNetns(() =>
    mountOnName(name, (path) => {
      unshareNetns()
      mountOrThrow(OWN_NETNS, path, MS_BIND)
    }),
  )
}

/**
 * Gives a name to an existing namespace.
 * @throws {@link ArgumentError} when the value cannot be a name
 * @throws {@link SystemError} `EEXIST` when the name is taken, `EPERM` without CAP_SYS_ADMIN
 */
export function attachName(name: string, fd: number): void {
  mountOnName(name, (path) => mountOrThrow(`/proc/thread-self/fd/${fd}`, path, MS_BIND))
}

function mountOnName(name: string, mountAt: (path: string) => void): void {
  const path = netnsPath(name)
  makeDirectory()
  shareDirectory()
  try {
    // The same mode as iproute2's: the file is only a mount point and never read.
    closeSync(openSync(pathBytes(path), 'wx', 0o000))
  } catch (error) {
    throw toSystemError(error, path, {
      EEXIST: () => takenBy(name),
      EACCES: folderHint,
    })
  }
  try {
    mountAt(path)
  } catch (error) {
    unlinkSync(pathBytes(path))
    throw error
  }
}

/** What has the name already. */
function takenBy(name: string): string {
  try {
    const fd = openReadOnly(netnsPath(name))
    try {
      if (isNetns(fd)) return 'a network namespace with this name already exists'
    } finally {
      closeFd(fd)
    }
  } catch {
    // A symbolic link that leads nowhere, or a file that may not be read.
  }
  return 'a file with this name already exists, but is no network namespace; deleting the name removes it'
}

/**
 * Removes a name, whatever it is: also a file on which no namespace is mounted, a symbolic link, an empty folder. The
 * namespace itself exists until the last process and the last open file in it are gone.
 * @throws {@link ArgumentError} when the value cannot be a name
 * @throws {@link SystemError} `ENOENT` when there is no such name, `EPERM` without CAP_SYS_ADMIN
 */
export function deleteNamed(name: string): void {
  const path = netnsPath(name)
  while (unmountOnce(name, path));
  try {
    unlinkSync(pathBytes(path))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EISDIR') removeFolder(path)
    else if (code === 'ENOENT') throw nameNotFound(name, error)
    else throw toSystemError(error, path, { EACCES: folderHint, EPERM: () => privilegeHint() })
  }
}

/**
 * Unmounts what is mounted on a name, the last mount first: two files can be mounted on it. A symbolic link is not
 * followed, which could lead to the mount of another program; `ip netns delete` follows it.
 * @returns false when nothing is mounted: it is another file, or its creator was killed before the mount
 */
function unmountOnce(name: string, path: string): boolean {
  try {
    unmount(path, MNT_DETACH | UMOUNT_NOFOLLOW)
    return true
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    if (error.code === 'EINVAL') return false
    if (error.code === 'ENOENT') throw nameNotFound(name, error)
    if (error.code !== 'EPERM') throw error
    throw new SystemError('umount2', EPERM, path, privilegeHint(), { cause: error })
  }
}

/** Removes a folder that has taken a name; only if it is empty. */
function removeFolder(path: string): void {
  try {
    rmdirSync(pathBytes(path))
  } catch (error) {
    throw toSystemError(error, path)
  }
}

function nameNotFound(name: string, cause: unknown): SystemError {
  const path = join(NETNS_DIRECTORY, name)
  return new SystemError('open', ENOENT, path, 'no network namespace has this name', { cause })
}

/** The error for a name that leads nowhere: because it is missing, or a symbolic link whose file is missing. */
export function cannotOpen(name: string, cause: unknown): SystemError {
  const path = join(NETNS_DIRECTORY, name)
  const exists = lstatSync(pathBytes(path), { throwIfNoEntry: false }) !== undefined
  if (!exists) return nameNotFound(name, cause)
  return new SystemError('open', ENOENT, path, 'this name is a symbolic link to a missing file', { cause })
}
