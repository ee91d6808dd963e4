import { nodePoll } from './libc.js'

/** A running wait for readability. */
export interface ReadableWatch {
  /** Ends it; the fd may be closed right after. */
  stop(): void
}

/**
 * Calls back whenever the fd has something to read, until stopped. Keeps the event loop alive meanwhile.
 *
 * libuv calls koffi back outside of Node's own scopes, after which neither microtasks nor exceptions would be
 * looked after: so the work itself is done in an immediate, one at a time.
 */
export function watchReadable(fd: number, callback: () => void): ReadableWatch {
  let scheduled: NodeJS.Immediate | undefined
  const handle = nodePoll()(fd, { readable: true }, () => {
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
