import { SystemError } from '../errors.js'
import { closeFd, type Fd } from './fd.js'
import { type InetEndpoint, socketAddress } from './inet-endpoint.js'
import { lastErrno, libc } from './libc.js'
import { watchWritable } from './ready.js'
import {
  AF_INET,
  AF_INET6,
  bindSocket,
  connectSocket,
  getOption,
  IPPROTO_IPV6,
  openSocket,
  SOCK_DGRAM,
  SOL_SOCKET,
  setOption,
} from './socket.js'

/* include/uapi/asm-generic/socket.h; include/uapi/linux/in6.h */
const SOCK_STREAM = 1
const SO_REUSEADDR = 2
const SO_ERROR = 4
const IPV6_V6ONLY = 26

/**
 * Makes a socket in the network namespace of the calling thread, and binds it if an endpoint is given.
 * @throws {@link SystemError} when it cannot be bound: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`
 */
export function boundSocket(type: 'tcp' | 'udp', at: InetEndpoint | undefined, version = at?.version): Fd {
  const domain = version === 6 ? AF_INET6 : AF_INET
  const fd = openSocket(domain, type === 'tcp' ? SOCK_STREAM : SOCK_DGRAM, 0)
  try {
    if (at !== undefined) {
      if (type === 'tcp') setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1)
      // As in Node, `::` accepts IPv4 as well, regardless of net.ipv6.bindv6only.
      if (at.version === 6) setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)
      bindSocket(fd, socketAddress(at), at.text)
    }
    return fd
  } catch (error) {
    closeFd(fd)
    throw error
  }
}

/** @throws {@link SystemError} when listen(2) fails */
export function startListening(fd: Fd, backlog: number, subject: string): void {
  if (libc().listen(fd, backlog) < 0) throw new SystemError('listen', lastErrno(), subject)
}

/**
 * Starts to connect. The connection belongs to the namespace that the socket was made in, not to the thread's.
 * @throws {@link SystemError} when it fails at once: `ENETUNREACH`
 */
export function startConnecting(fd: Fd, to: InetEndpoint): void {
  connectSocket(fd, socketAddress(to), to.text)
}

/**
 * Waits until the socket is connected. Rejects with the signal's reason when it is aborted.
 * @throws {@link SystemError} when the connection fails: `ECONNREFUSED`, `EHOSTUNREACH`, `ETIMEDOUT`
 */
export function untilConnected(fd: Fd, to: InetEndpoint, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const stop = () => {
      watch.stop()
      signal?.removeEventListener('abort', onAbort)
    }
    const onAbort = () => {
      stop()
      reject(signal?.reason)
    }
    const watch = watchWritable(fd, () => {
      stop()
      const errno = getOption(fd, SOL_SOCKET, SO_ERROR)
      if (errno === 0) resolve()
      else reject(new SystemError('connect', errno, to.text))
    })
    signal?.addEventListener('abort', onAbort)
  })
}
