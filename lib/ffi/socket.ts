import { errno } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { sandboxHint } from '../privilege.js'
import { type Fd, own } from './fd.js'
import { lastErrno, libc, type Memory, type MessageHeader } from './libc.js'

/* socket(2), recv(2), netlink(7): include/linux/socket.h, include/uapi/asm-generic/socket.h */
export const AF_INET = 2
export const AF_INET6 = 10
export const AF_NETLINK = 16
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOL_SOCKET = 1
/* include/uapi/linux/in.h */
export const IPPROTO_IPV6 = 41
export const MSG_DONTWAIT = 0x40
export const MSG_TRUNC = 0x20
const SOCK_CLOEXEC = 0o2000000
const SOCK_NONBLOCK = 0o4000
const { EACCES, EINPROGRESS } = errno

/**
 * struct sockaddr_nl (u16 family, u16 pad, u32 pid, u32 groups): its size, and the offset of the port id. netlink(7)
 */
export const NETLINK_ADDRESS = { size: 12, port: 4 } as const

/**
 * Makes a socket with SOCK_CLOEXEC and SOCK_NONBLOCK, in the network namespace of the calling thread.
 * @throws {@link SystemError} when socket(2) fails
 */
export function openSocket(domain: number, type: number, protocol: number): Fd {
  const fd = libc().socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol)
  if (fd < 0) throw new SystemError('socket', lastErrno())
  return own(fd)
}

/**
 * @param subject the address as text, for the error
 * @throws {@link SystemError} when bind(2) fails
 */
export function bindSocket(fd: Fd, address: Uint8Array, subject?: string): void {
  if (libc().bind(fd, address, address.length) >= 0) return
  const failure = lastErrno()
  throw new SystemError('bind', failure, subject, failure === EACCES ? portHint() : undefined)
}

function portHint(): string {
  return `Permission denied: ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE: ${sandboxHint()}`
}

/**
 * Connects; for TCP, starts to connect: the socket becomes writable when that has succeeded or failed.
 * @param subject the address as text, for the error
 * @throws {@link SystemError} when connect(2) fails, other than with EINPROGRESS
 */
export function connectSocket(fd: Fd, address: Uint8Array, subject: string): void {
  if (libc().connect(fd, address, address.length) >= 0) return
  const errno = lastErrno()
  if (errno !== EINPROGRESS) throw new SystemError('connect', errno, subject)
}

/**
 * Writes the socket's own address into `into`.
 * @throws {@link SystemError} when getsockname(2) fails
 */
export function socketName(fd: Fd, into: Uint8Array): void {
  const length = Uint32Array.of(into.length)
  if (libc().getsockname(fd, into, length) < 0) throw new SystemError('getsockname', lastErrno())
}

/** Sets an option. Returns 0 or the errno. */
export function setOption(fd: Fd, level: number, name: number, value: number | Memory): number {
  const memory = typeof value === 'number' ? Int32Array.of(value) : value
  return libc().setsockopt(fd, level, name, memory, memory?.byteLength ?? 0) < 0 ? lastErrno() : 0
}

/**
 * Reads an option whose value is an integer.
 * @throws {@link SystemError} when getsockopt(2) fails
 */
export function getOption(fd: Fd, level: number, name: number): number {
  const value = new Int32Array(1)
  if (libc().getsockopt(fd, level, name, value, Uint32Array.of(4)) < 0) {
    throw new SystemError('getsockopt', lastErrno())
  }
  return value[0] as number
}

/** SO_NETNS_COOKIE. include/uapi/asm-generic/socket.h */
const SO_NETNS_COOKIE = 71

/** A number that no other network namespace gets while the machine runs; undefined before Linux 5.14. */
export function netnsCookie(fd: Fd): bigint | undefined {
  const value = new Uint32Array(2)
  const found = libc().getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, value, Uint32Array.of(8))
  const [low = 0, high = 0] = value
  return found < 0 ? undefined : (BigInt(high) << 32n) | BigInt(low)
}

/** Sends to the connected peer, for a netlink socket the kernel. Returns the number of bytes, or minus the errno. */
export function send(fd: Fd, data: Uint8Array, length = data.length): number {
  const sent = libc().send(fd, data, length, 0)
  return sent < 0 ? -lastErrno() : sent
}

/** A datagram with its control messages. */
export interface Received {
  /** Bytes received, or minus the errno. */
  length: number
  flags: number
  /** The control messages that socket options asked for. cmsg(3) */
  control: Uint8Array
}

/**
 * Receives a datagram with its control messages. Slower than `recvfrom`. recvmsg(2)
 * @param from receives the sender's address
 */
export function receiveMessage(
  fd: Fd,
  into: Uint8Array,
  from: Uint8Array | null = null,
  flags = 0,
): Received {
  const control = new Uint8Array(512)
  const header: MessageHeader = {
    name: from,
    namelen: from?.length ?? 0,
    iov: [{ base: into, len: into.length }],
    iovlen: 1,
    control,
    controllen: control.length,
    flags: 0,
  }
  const length = libc().recvmsg(fd, header, flags | MSG_DONTWAIT)
  if (length < 0) return { length: -lastErrno(), flags: 0, control: control.subarray(0, 0) }
  return { length, flags: header.flags, control: control.subarray(0, Number(header.controllen)) }
}

/**
 * The integer in the first control message with this level and one of these types.
 *
 * struct cmsghdr: size_t length, int level, int type, then the data; 16 bytes on 64-bit processors. cmsg(3)
 */
export function controlInteger(
  control: Uint8Array,
  level: number,
  types: readonly number[],
): number | undefined {
  const view = new DataView(control.buffer, control.byteOffset, control.byteLength)
  for (let at = 0; at + 20 <= control.length; ) {
    const size = view.getUint32(at, true)
    if (view.getInt32(at + 8, true) === level && types.includes(view.getInt32(at + 12, true))) {
      return view.getInt32(at + 16, true)
    }
    if (size < 16) break
    at += (size + 7) & ~7
  }
  return undefined
}
