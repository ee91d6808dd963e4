import { SystemError } from '../errors.js'
import { closeFd, type Fd } from './fd.js'
import { inetAddress } from './inet-address.js'
import { lastErrno, libc } from './libc.js'
import { watchWritable } from './ready.js'
import {
  AF_INET,
  AF_INET6,
  bindSocket,
  connectSocket,
  getOption,
  openSocket,
  SOCK_DGRAM,
  SOL_SOCKET,
  setOption,
} from './socket.js'

/* include/uapi/asm-generic/socket.h; include/uapi/linux/in6.h */
const SOCK_STREAM = 1
const SO_REUSEADDR = 2
const SO_ERROR = 4
const IPPROTO_IPV6 = 41
const IPV6_V6ONLY = 26

/** An address with its port, and how it reads. */
export interface InetEndpoint {
  readonly version: 4 | 6
  readonly address: Uint8Array
  readonly port: number
  readonly scope?: number
  readonly text: string
}

const socketAddress = ({ version, address, port, scope }: InetEndpoint) =>
  inetAddress(version, address, port, scope)

/** Makes a socket that is bound, in the namespace of the calling thread. @throws SystemError `EADDRINUSE` and its kin */
export function boundSocket(type: 'tcp' | 'udp', at: InetEndpoint | undefined, version = at?.version): Fd {
  const domain = version === 6 ? AF_INET6 : AF_INET
  const fd = openSocket(domain, type === 'tcp' ? SOCK_STREAM : SOCK_DGRAM, 0)
  try {
    if (at !== undefined) {
      if (type === 'tcp') setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1)
      // `::` is for IPv4 as well, as Node has it.
      if (at.version === 6) setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)
      bindSocket(fd, socketAddress(at), at.text)
    }
    return fd
  } catch (error) {
    closeFd(fd)
    throw error
  }
}

/** @throws SystemError */
export function startListening(fd: Fd, backlog: number, subject: string): void {
  if (libc().listen(fd, backlog) < 0) throw new SystemError('listen', lastErrno(), subject)
}

/** Begins to connect, from the namespace that the socket was made in. @throws SystemError */
export function startConnecting(fd: Fd, to: InetEndpoint): void {
  connectSocket(fd, socketAddress(to), to.text)
}

/** Waits for the connection. @throws SystemError `ECONNREFUSED` and its kin; the signal's reason */
export function untilConnected(fd: Fd, to: InetEndpoint, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const over = () => {
      watch.stop()
      signal?.removeEventListener('abort', aborted)
    }
    const aborted = () => {
      over()
      reject(signal?.reason)
    }
    const watch = watchWritable(fd, () => {
      over()
      const errno = getOption(fd, SOL_SOCKET, SO_ERROR)
      if (errno === 0) resolve()
      else reject(new SystemError('connect', errno, to.text))
    })
    signal?.addEventListener('abort', aborted)
  })
}
