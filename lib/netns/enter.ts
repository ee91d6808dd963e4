import { errno } from '../../protocol/index.js'
import { PRIVILEGE_HINT, SystemError } from '../errors.js'
import { closeFd, type Fd, openReadOnly } from '../ffi/fd.js'
import { setNetns, startThreadPool } from '../ffi/namespace.js'
import { identityOf, isSameNetns } from './identity.js'

/** The namespace of the calling thread. /proc/self would be that of the main thread. */
export const OWN_NETNS = '/proc/thread-self/ns/net'

const { EPERM } = errno

/** Calls a function inside a network namespace. */
export type RunInside = <T>(act: () => T) => T

/**
 * Calls `act`, then moves the thread back into the network namespace that it was in, whether `act` returns or throws.
 *
 * If the thread cannot return, the process is aborted: continuing would create all later sockets of the program in
 * the wrong namespace.
 */
export function restoringNetns<T>(act: () => T): T {
  startThreadPool()
  const original = openReadOnly(OWN_NETNS)
  try {
    return act()
  } finally {
    restore(original)
  }
}

/**
 * Calls `act` synchronously inside a network namespace.
 * @param label how the namespace is named in an error
 * @throws {@link SystemError} when the namespace cannot be entered
 */
export function runInside<T>(netns: Fd, label: string, act: () => T): T {
  return restoringNetns(() => {
    const errno = enter(netns)
    if (errno !== 0)
      throw new SystemError('setns', errno, label, errno === EPERM ? PRIVILEGE_HINT : undefined)
    return act()
  })
}

function restore(original: Fd): void {
  const errno = enter(original)
  if (errno !== 0) {
    const error = new SystemError('setns', errno, 'back to the original network namespace')
    process.stderr.write(
      `rtnetlink: ${error.message}; aborting, because the process would continue in the wrong network namespace\n`,
    )
    process.abort()
  }
  closeFd(original)
}

/** Returns 0 or the errno. setns(2) needs CAP_SYS_ADMIN even for the thread's own namespace: EPERM is ignored there. */
function enter(netns: Fd): number {
  const errno = setNetns(netns)
  return errno === EPERM && isOwn(netns) ? 0 : errno
}

function isOwn(netns: Fd): boolean {
  const own = openReadOnly(OWN_NETNS)
  try {
    return isSameNetns(identityOf(own), identityOf(netns))
  } finally {
    closeFd(own)
  }
}
