import { nodePoll } from './libc.js'

/** Watches an fd until it is stopped. */
export interface ReadyWatch {
  /** Stops watching; the fd may be closed right afterwards. */
  stop(): void
}

/**
 * Calls back whenever the fd has something to read, until stopped. Keeps the event loop alive meanwhile.
 *
 * libuv calls koffi back outside of Node's callback scope, where microtasks are not run and exceptions not reported, so
 * the callback itself runs in an immediate. At most one is pending.
 */
export function watchReadable(fd: number, callback: () => void): ReadyWatch {
  return watch(fd, { readable: true }, callback)
}

/** The same for an fd that can be written, such as a socket that has connected. */
export function watchWritable(fd: number, callback: () => void): ReadyWatch {
  return watch(fd, { writable: true }, callback)
}

function watch(
  fd: number,
  what: { readable?: boolean; writable?: boolean },
  callback: () => void,
): ReadyWatch {
  let scheduled: NodeJS.Immediate | undefined
  const handle = nodePoll()(fd, what, () => {
    scheduled ??= setImmediate(() => {
      scheduled = undefined
      callback()
    })
  })
  return {
    stop() {
      clearImmediate(scheduled)
      handle.close()
    },
  }
}
