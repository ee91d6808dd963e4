import { closeSync, openSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { SystemError } from '../errors.js'
import { toSystemError } from '../node-error.js'
import { cString } from './c-string.js'
import { lastErrno, libc } from './libc.js'

declare const fdBrand: unique symbol
/** An open file descriptor. Branded, so that passing any other number does not compile. */
export type Fd = number & { readonly [fdBrand]: true }

/* include/uapi/asm-generic/fcntl.h; the same on all processors that Node runs on */
const O_NONBLOCK = 0o4000
const O_CLOEXEC = 0o2000000
/* include/uapi/linux/fcntl.h */
const F_DUPFD_CLOEXEC = 1030

/**
 * Makes an fd that a system call returned the library's own. In a worker, it takes over the number of a file that
 * `node:fs` opened: Node closes those when the worker ends, even by `terminate`, and no others.
 */
export function own(fd: number): Fd {
  if (isMainThread) return fd as Fd
  try {
    const tracked = openTracked()
    if (libc().dup3(fd, tracked, O_CLOEXEC) >= 0) return tracked
    const errno = lastErrno()
    closeSync(tracked)
    throw new SystemError('dup3', errno)
  } finally {
    libc().close(fd)
  }
}

function openTracked(): Fd {
  try {
    return openSync('/dev/null', 'r') as Fd
  } catch (error) {
    throw toSystemError(error, '/dev/null')
  }
}

/** An fd for an object of Node that closes it by itself, in place of the library's own. */
export function disown(fd: Fd): number {
  if (isMainThread) return fd
  const plain = libc().fcntl(fd, F_DUPFD_CLOEXEC, 0)
  if (plain < 0) throw new SystemError('fcntl', lastErrno())
  closeFd(fd)
  return plain
}

/**
 * Opens a file for reading, with O_CLOEXEC, and O_NONBLOCK: a pipe without a writer would block the thread.
 * @throws {@link SystemError} when open(2) fails
 * @throws {@link ArgumentError} when the path has a NUL
 */
export function openReadOnly(path: string, argument?: string): Fd {
  const fd = libc().open(cString(path, argument), O_CLOEXEC | O_NONBLOCK, 0)
  if (fd < 0) throw new SystemError('open', lastErrno(), path)
  return own(fd)
}

/** @throws {@link SystemError} `EBADF` when it is closed already */
export function closeFd(fd: Fd): void {
  if (isMainThread) closePlain(fd)
  else {
    try {
      closeSync(fd)
    } catch (error) {
      throw toSystemError(error, String(fd))
    }
  }
}

/**
 * Closes an fd that `disown` gave.
 * @throws {@link SystemError} `EBADF` when it is closed already
 */
export function closePlain(fd: number): void {
  if (libc().close(fd) < 0) throw new SystemError('close', lastErrno(), String(fd))
}
