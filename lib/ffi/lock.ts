import { errno } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import type { Fd } from './fd.js'
import { lastErrno, libc } from './libc.js'

/* include/uapi/asm-generic/fcntl.h */
const LOCK_EX = 2
const LOCK_NB = 4
const { EAGAIN, EINTR } = errno

/**
 * Takes the exclusive lock of an open file. The kernel releases it when the file is closed or the process ends.
 * flock(2)
 * @returns false when the lock is held elsewhere
 * @throws {@link SystemError} when flock(2) fails for another reason
 */
export function tryLock(fd: Fd): boolean {
  if (libc().flock(fd, LOCK_EX | LOCK_NB) >= 0) return true
  const errno = lastErrno()
  if (errno === EAGAIN || errno === EINTR) return false
  throw new SystemError('flock', errno)
}
