import { fstatSync } from 'node:fs'
import { PRIVILEGE_HINT, SystemError } from '../errors.js'
import { closeFd, type Fd, openReadOnly } from '../ffi/fd.js'
import { setNetns, startThreadPool } from '../ffi/namespace.js'

/** The calling thread's own; /proc/self would be the main thread's. */
export const OWN_NETNS = '/proc/thread-self/ns/net'

const EPERM = 1

/**
 * Calls `act` with the way back secured: whatever it does to the thread's network namespace, the thread is home when
 * this returns or throws. Where that cannot be had, the process is ended: going on would send all later sockets
 * of the program into a namespace that its author did not mean.
 */
export function comingBack<T>(act: () => T): T {
  startThreadPool()
  const home = openReadOnly(OWN_NETNS)
  try {
    return act()
  } finally {
    goHome(home)
  }
}

/** Calls `act` inside the namespace, synchronously. @throws SystemError when it cannot be entered */
export function inside<T>(netns: Fd, about: string, act: () => T): T {
  return comingBack(() => {
    const errno = setNetns(netns)
    // Who may not enter namespaces is still welcome in its own.
    if (errno !== 0 && !(errno === EPERM && isOwn(netns))) {
      throw new SystemError('setns', errno, about, errno === EPERM ? PRIVILEGE_HINT : undefined)
    }
    return act()
  })
}

function goHome(home: Fd): void {
  const errno = setNetns(home)
  if (errno !== 0 && !(errno === EPERM && isOwn(home))) {
    const error = new SystemError('setns', errno, 'back to the namespace that the thread came from')
    process.stderr.write(
      `rtnetlink: ${error.message}; ending the process, which must not go on in the wrong one\n`,
    )
    process.abort()
  }
  closeFd(home)
}

function isOwn(netns: Fd): boolean {
  const own = openReadOnly(OWN_NETNS)
  try {
    const [a, b] = [fstatSync(own, { bigint: true }), fstatSync(netns, { bigint: true })]
    return a.dev === b.dev && a.ino === b.ino
  } finally {
    closeFd(own)
  }
}
