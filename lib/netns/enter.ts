import { errno } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { closeFd, type Fd, openReadOnly } from '../ffi/fd.js'
import { setNetns, startThreadPool } from '../ffi/namespace.js'
import { CAP_SYS_ADMIN, hasCapability, privilegeHint, sandboxHint } from '../privilege.js'
import { identityOf, isSameNetns } from './identity.js'

/** The namespace of the calling thread. /proc/self would be that of the main thread. */
export const OWN_NETNS = '/proc/thread-self/ns/net'

const { EPERM } = errno

/** Calls a function inside a network namespace. */
export type RunInside = <T>(act: () => T) => T

/**
 * Calls `act`, then moves the thread back into the network namespace that it was in, whether `act` returns or throws.
 *
 * The way back is proved first: leaving a namespace needs CAP_SYS_ADMIN in the thread's own user namespace, coming back
 * needs it in the one that owns the namespace, which may be another (unshare(2), setns(2)).
 *
 * If the thread cannot return nevertheless, because `act` has dropped that capability, the process is aborted:
 * continuing would create all later sockets of the program in the wrong namespace.
 * @throws {@link SystemError} `EPERM` when the thread could not come back; `act` has not been called then
 */
export function restoringNetns<T>(act: () => T): T {
  return withOriginal((original) => {
    const errno = setNetns(original)
    if (errno !== 0) throw noReturnError('unshare', errno, 'a network namespace')
    return comingBack(original, act)
  })
}

/**
 * Calls `act` synchronously inside a network namespace.
 * @param label how the namespace is named in an error
 * @throws {@link SystemError} when the namespace cannot be entered, or the thread could not come back
 */
export function runInside<T>(netns: Fd, label: string, act: () => T): T {
  return withOriginal((original) => {
    const errno = setNetns(original)
    // setns(2) needs CAP_SYS_ADMIN even for the thread's own namespace, where there is nothing to enter.
    if (errno === EPERM && isSame(netns, original)) return act()
    if (errno !== 0) throw noReturnError('setns', errno, label)
    return comingBack(original, () => {
      const errno = setNetns(netns)
      if (errno !== 0) {
        throw new SystemError('setns', errno, label, errno === EPERM ? privilegeHint() : undefined)
      }
      return act()
    })
  })
}

/** Calls `act` with the namespace of the thread, open until it returns. */
function withOriginal<T>(act: (original: Fd) => T): T {
  startThreadPool()
  const original = openReadOnly(OWN_NETNS)
  try {
    return act(original)
  } finally {
    closeFd(original)
  }
}

/**
 * The error of a call that was not made, since the thread could not return.
 * @param errno of setns(2) to the thread's own namespace
 */
function noReturnError(syscall: string, errno: number, subject: string): SystemError {
  if (errno !== EPERM) return new SystemError(syscall, errno, subject)
  // Without the capability, the call itself would have failed.
  const hint = hasCapability(CAP_SYS_ADMIN) ? noReturnHint() : privilegeHint()
  return new SystemError(syscall, errno, subject, hint)
}

const noReturnHint = () =>
  'Operation not permitted: the thread could not return to its own network namespace, which belongs to another user ' +
  `namespace: ${sandboxHint()}`

function comingBack<T>(original: Fd, act: () => T): T {
  try {
    return act()
  } finally {
    const errno = setNetns(original)
    if (errno !== 0 && !isOwn(original)) abort(errno)
  }
}

function abort(errno: number): never {
  const { message } = new SystemError('setns', errno, 'back to the original network namespace')
  process.stderr.write(
    `rtnetlink: ${message}; aborting, because the process would continue in the wrong network namespace\n`,
  )
  process.abort()
}

function isOwn(netns: Fd): boolean {
  const own = openReadOnly(OWN_NETNS)
  try {
    return isSame(own, netns)
  } finally {
    closeFd(own)
  }
}

const isSame = (a: Fd, b: Fd) => isSameNetns(identityOf(a), identityOf(b))
