import { SystemError } from '../errors.js'
import type { Fd } from './fd.js'
import { lastErrno, libc } from './libc.js'

/* include/uapi/linux/sched.h */
const CLONE_NEWNET = 0x40000000

/* include/uapi/linux/nsfs.h: _IO(0xb7, 3) */
const NS_GET_NSTYPE = 0xb703

/** Whether the open file is a network namespace. ioctl_ns(2) */
export function isNetns(fd: Fd): boolean {
  return libc().ioctl(fd, NS_GET_NSTYPE, null) === CLONE_NEWNET
}

/** Moves the calling thread, no other, into a network namespace; gives 0, or the errno. setns(2) */
export function setNetns(fd: Fd): number {
  return libc().setns(fd, CLONE_NEWNET) < 0 ? lastErrno() : 0
}

/** Moves the calling thread, no other, into a new network namespace. unshare(2) @throws SystemError */
export function unshareNetns(hint?: string): void {
  if (libc().unshare(CLONE_NEWNET) < 0) {
    const errno = lastErrno()
    throw new SystemError('unshare', errno, 'a network namespace', errno === 1 ? hint : undefined)
  }
}

let started = false

/**
 * Starts libuv's thread pool where the calling thread is now. Threads are born in the namespace of the thread
 * that makes them, and libuv makes its pool at the first asynchronous call: within a namespace, the pool would
 * stay there for good.
 */
export function startThreadPool(): void {
  if (started) return
  started = true
  libc().getpid.async(() => {})
}
