import { errno } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { privilegeHint } from '../privilege.js'
import type { Fd } from './fd.js'
import { lastErrno, libc } from './libc.js'

const { EPERM, ENOSPC } = errno

/* include/uapi/linux/sched.h */
const CLONE_NEWNET = 0x40000000

/* include/uapi/linux/nsfs.h: _IO(0xb7, 3) */
const NS_GET_NSTYPE = 0xb703

/** Whether the open file is a network namespace. ioctl_ns(2) */
export function isNetns(fd: Fd): boolean {
  return libc().ioctl(fd, NS_GET_NSTYPE, null) === CLONE_NEWNET
}

const HINTS: Readonly<Record<number, () => string>> = {
  [EPERM]: privilegeHint,
  [ENOSPC]: () => 'no more network namespaces are allowed; see the setting user.max_net_namespaces',
}

/** Moves the calling thread, and no other, into a network namespace. Returns 0 or the errno. setns(2) */
export function setNetns(fd: Fd): number {
  return libc().setns(fd, CLONE_NEWNET) < 0 ? lastErrno() : 0
}

/**
 * Moves the calling thread, and no other, into a new network namespace. unshare(2)
 * @throws {@link SystemError} `EPERM` without CAP_SYS_ADMIN, `ENOSPC` when user.max_net_namespaces exist
 */
export function unshareNetns(): void {
  if (libc().unshare(CLONE_NEWNET) < 0) {
    const errno = lastErrno()
    throw new SystemError('unshare', errno, 'a network namespace', HINTS[errno]?.())
  }
}

let started = false

/**
 * Starts libuv's thread pool in the current network namespace. A new thread starts in the namespace of the thread
 * that creates it, and libuv creates its pool at the first asynchronous call. If that call were made inside another
 * namespace, the pool would stay there.
 */
export function startThreadPool(): void {
  if (started) return
  started = true
  libc().getpid.async(() => {})
}
