import { SystemError } from '../errors.js'
import { sandboxHint } from '../privilege.js'
import { closeFd, type Fd } from './fd.js'
import { socketAddress } from './inet-endpoint.js'
import { type ReadyWatch, watchReadable } from './ready.js'
import {
  AF_INET,
  AF_INET6,
  connectSocket,
  controlInteger,
  IPPROTO_IPV6,
  openSocket,
  type Received,
  receiveMessage,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_SOCKET,
  send,
  setOption,
} from './socket.js'

/* include/uapi/linux/in.h, in6.h, icmpv6.h; include/uapi/asm-generic/socket.h */
const IPPROTO_IP = 0
const IPPROTO_ICMP = 1
const IPPROTO_ICMPV6 = 58
const IP_TTL = 2
const IP_RECVERR = 11
const IP_RECVTTL = 12
const IPV6_UNICAST_HOPS = 16
const IPV6_RECVERR = 25
const IPV6_RECVHOPLIMIT = 51
const IPV6_HOPLIMIT = 52
const SO_BINDTOIFINDEX = 62

/** A socket for ICMP echo requests to one address. icmp(7), raw(7) */
export class EchoSocket {
  readonly version: 4 | 6
  /** Received packets begin with the IPv4 header: raw(7) sockets of IPv4 keep it, ping sockets and IPv6 do not. */
  readonly hasIpHeader: boolean
  readonly fd: Fd
  #watch: ReadyWatch | undefined

  /**
   * Opens a socket in the network namespace of the calling thread: a raw one with CAP_NET_RAW, otherwise a ping
   * socket, which needs a group in net.ipv4.ping_group_range.
   * @throws {@link SystemError} `EACCES` when ping sockets are not allowed either
   */
  constructor(version: 4 | 6) {
    const [domain, protocol] = version === 4 ? [AF_INET, IPPROTO_ICMP] : [AF_INET6, IPPROTO_ICMPV6]
    const { fd, raw } = open(domain, protocol)
    this.version = version
    this.fd = fd
    this.hasIpHeader = raw && version === 4
    // RECVERR: also report ICMP errors sent by routers. RECVTTL: the reply's remaining hops, as a control message.
    if (version === 4) {
      setOption(fd, IPPROTO_IP, IP_RECVERR, 1)
      setOption(fd, IPPROTO_IP, IP_RECVTTL, 1)
    } else {
      setOption(fd, IPPROTO_IPV6, IPV6_RECVERR, 1)
      setOption(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1)
    }
  }

  /** Sends through this link only. */
  bindToLink(index: number): void {
    const errno = setOption(this.fd, SOL_SOCKET, SO_BINDTOIFINDEX, index)
    if (errno !== 0) throw new SystemError('setsockopt', errno, `link ${index}`)
  }

  /** Limits the number of hops of a request. */
  setHops(hops: number): void {
    const errno =
      this.version === 4
        ? setOption(this.fd, IPPROTO_IP, IP_TTL, hops)
        : setOption(this.fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops)
    if (errno !== 0) throw new SystemError('setsockopt', errno, `ttl ${hops}`)
  }

  /**
   * @param address 4 or 16 bytes, in network order
   * @param scope the link's index of a link-local address; 0 otherwise
   * @throws {@link SystemError} `ENETUNREACH` when no route leads there
   */
  connect(address: Uint8Array, scope: number, subject: string): void {
    connectSocket(this.fd, socketAddress({ version: this.version, address, port: 0, scope }), subject)
  }

  /** Returns the number of bytes sent, or minus the errno. */
  send(packet: Uint8Array): number {
    return send(this.fd, packet)
  }

  receive(into: Uint8Array): Received & { ttl: number | undefined } {
    const received = receiveMessage(this.fd, into)
    const { control } = received
    const ttl =
      controlInteger(control, IPPROTO_IP, [IP_TTL]) ?? controlInteger(control, IPPROTO_IPV6, [IPV6_HOPLIMIT])
    return { ...received, ttl }
  }

  onReadable(callback: (() => void) | undefined): void {
    this.#watch?.stop()
    this.#watch = callback && watchReadable(this.fd, callback)
  }

  close(): void {
    this.onReadable(undefined)
    closeFd(this.fd)
  }
}

function open(domain: number, protocol: number): { fd: Fd; raw: boolean } {
  try {
    return { fd: openSocket(domain, SOCK_RAW, protocol), raw: true }
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EPERM') throw error
  }
  try {
    return { fd: openSocket(domain, SOCK_DGRAM, protocol), raw: false }
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EACCES') throw error
    const reason = 'raw sockets need CAP_NET_RAW, and net.ipv4.ping_group_range has no group of this process'
    const hint = `Permission denied: ${reason}: ${sandboxHint()}`
    throw new SystemError('socket', error.errno, 'for ICMP echo', hint, { cause: error })
  }
}
