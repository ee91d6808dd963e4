import { SystemError } from '../errors.js'
import type { Fd } from './fd.js'
import { lastErrno, libc } from './libc.js'

/* include/uapi/asm-generic/fcntl.h, errno.h */
const LOCK_EX = 2
const LOCK_NB = 4
const EAGAIN = 11
const EINTR = 4

/** Takes the lock of an open file, if nobody else has it; it goes when the file is closed, or with the process. flock(2) @throws SystemError */
export function tryLock(fd: Fd): boolean {
  if (libc().flock(fd, LOCK_EX | LOCK_NB) >= 0) return true
  const errno = lastErrno()
  if (errno === EAGAIN || errno === EINTR) return false
  throw new SystemError('flock', errno)
}
