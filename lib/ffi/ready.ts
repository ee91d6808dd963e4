import { nodePoll } from './libc.js'

/** A running wait for an fd. */
export interface ReadyWatch {
  /** Ends it; the fd may be closed right after. */
  stop(): void
}

/**
 * Calls back whenever the fd has something to read, until stopped. Keeps the event loop alive meanwhile.
 *
 * libuv calls koffi back outside of Node's own scopes, after which neither microtasks nor exceptions would be
 * looked after: so the work itself is done in an immediate, one at a time.
 */
export function watchReadable(fd: number, callback: () => void): ReadyWatch {
  return watch(fd, { readable: true }, callback)
}

/** The same, for something that can be written: a connection that is made. */
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
