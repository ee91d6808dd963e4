import { mkdirSync } from 'node:fs'
import { errno } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { closeFd, openReadOnly } from '../ffi/fd.js'
import { tryLock } from '../ffi/lock.js'
import { MS_BIND, MS_REC, MS_SHARED, mount } from '../ffi/mount.js'
import { toSystemError } from '../node-error.js'
import { fileHint, privilegeHint } from '../privilege.js'

/** The directory of named namespaces: a file for each name, on which the namespace is mounted. ip-netns(8) */
export const NETNS_DIRECTORY = '/var/run/netns'

const { EINVAL, EPERM } = errno
/** Any user may hold the lock of the directory: this long it is waited for. The work below it takes a millisecond. */
const LOCK_TIMEOUT_MS = 5000
const LOCK_POLL_MS = 1
const MODE = 0o755

/**
 * Makes the directory unless it exists.
 * @throws {@link SystemError} `EACCES` or `EPERM` without the right to write its parent
 */
export function makeDirectory(): void {
  try {
    makeWithParents()
  } catch (error) {
    throw toSystemError(error, NETNS_DIRECTORY, { EACCES: folderHint, EPERM: () => privilegeHint() })
  }
}

function makeWithParents(): void {
  try {
    mkdirSync(NETNS_DIRECTORY, { recursive: true, mode: MODE })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    // Node reports EROFS of a recursive mkdir as ENOENT.
    mkdirSync(NETNS_DIRECTORY, { mode: MODE })
  }
}

/**
 * Makes the directory a mount point that is shared with other mount namespaces, as iproute2 does, so that mounting and
 * unmounting a name takes effect in all of them.
 * @throws {@link SystemError} `EPERM` without CAP_SYS_ADMIN
 */
export function shareDirectory(): void {
  if (trySharing()) return
  // Two processes that do this at once would mount the directory twice. iproute2 takes the same lock.
  const fd = openReadOnly(NETNS_DIRECTORY)
  try {
    lock(() => tryLock(fd))
    if (trySharing()) return
    mountOrThrow(NETNS_DIRECTORY, NETNS_DIRECTORY, MS_BIND | MS_REC)
    mountOrThrow('', NETNS_DIRECTORY, MS_SHARED | MS_REC)
  } finally {
    closeFd(fd)
  }
}

/** Returns false when it is not a mount point yet. */
function trySharing(): boolean {
  const errno = mount('', NETNS_DIRECTORY, MS_SHARED | MS_REC)
  if (errno !== 0 && errno !== EINVAL) throw mountError(errno, NETNS_DIRECTORY)
  return errno === 0
}

/** Waits until the lock is taken, or for so long that its holder is up to something else. */
function lock(attempt: () => boolean): void {
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (const deadline = performance.now() + LOCK_TIMEOUT_MS; !attempt() && performance.now() < deadline; ) {
    Atomics.wait(clock, 0, 0, LOCK_POLL_MS)
  }
}

/** @throws {@link SystemError} when mount(2) fails */
export function mountOrThrow(source: string, target: string, flags: number): void {
  const errno = mount(source, target, flags)
  if (errno !== 0) throw mountError(errno, target)
}

function mountError(errno: number, target: string): SystemError {
  return new SystemError(
    'mount',
    errno,
    target,
    errno === EPERM ? fileHint('Operation not permitted') : undefined,
  )
}

/** The hint where the directory may not be written, as in a user namespace in which /run is another user's. */
export function folderHint(): string {
  return fileHint('Permission denied')
}
