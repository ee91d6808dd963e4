import { isMainThread } from 'node:worker_threads'
import { libc, nodePoll } from './libc.js'

/** Watches an fd until it is stopped. */
export interface ReadyWatch {
  /** Stops watching; the fd may be closed right afterwards. */
  stop(): void
}

/** Calls back whenever the fd has something to read, until stopped. Keeps the event loop alive meanwhile. */
export function watchReadable(fd: number, callback: () => void): ReadyWatch {
  return watch(fd, 'readable', callback)
}

/** The same for an fd that can be written, such as a socket that has connected. */
export function watchWritable(fd: number, callback: () => void): ReadyWatch {
  return watch(fd, 'writable', callback)
}

type Event = 'readable' | 'writable'

/**
 * Workers do not use libuv's poll: it calls back while a worker is being terminated, and koffi aborts the process when
 * JavaScript cannot be called any more; Node also unloads koffi before libuv reports the poll handle as closed.
 */
const watch = isMainThread ? watchByPoll : watchByTimer

/**
 * libuv calls koffi back outside of Node's callback scope, where microtasks are not run and exceptions not reported, so
 * the callback itself runs in an immediate. At most one is pending.
 */
function watchByPoll(fd: number, event: Event, callback: () => void): ReadyWatch {
  let scheduled: NodeJS.Immediate | undefined
  const handle = nodePoll()(fd, { [event]: true }, () => {
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

/** How long to wait until an fd is looked at again, ms: longer while nothing happens. */
const INTERVAL_MIN = 1
const INTERVAL_MAX = 10

/* include/uapi/asm-generic/poll.h: struct pollfd { int fd; short events; short revents } */
const POLL_EVENTS = { readable: 0x1, writable: 0x4 } as const

function watchByTimer(fd: number, event: Event, callback: () => void): ReadyWatch {
  const entry = new Uint8Array(8)
  const view = new DataView(entry.buffer)
  view.setInt32(0, fd, true)
  view.setInt16(4, POLL_EVENTS[event], true)
  let interval = INTERVAL_MIN
  let timer: NodeJS.Timeout | undefined
  const look = () => {
    const ready = libc().poll(entry, 1, 0) > 0
    interval = ready ? INTERVAL_MIN : Math.min(interval * 1.5, INTERVAL_MAX)
    timer = setTimeout(look, interval)
    if (ready) callback()
  }
  timer = setTimeout(look, interval)
  return { stop: () => clearTimeout(timer) }
}
