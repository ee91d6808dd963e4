import { SystemError } from '../errors.js'
import { closeFd, type Fd } from './fd.js'
import { inetAddress } from './inet-address.js'
import { type ReadyWatch, watchReadable } from './ready.js'
import {
  AF_INET,
  AF_INET6,
  connectSocket,
  controlInteger,
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
const IPPROTO_IPV6 = 41
const IPPROTO_ICMPV6 = 58
const IP_TTL = 2
const IP_RECVERR = 11
const IP_RECVTTL = 12
const IPV6_UNICAST_HOPS = 16
const IPV6_RECVERR = 25
const IPV6_RECVHOPLIMIT = 51
const IPV6_HOPLIMIT = 52
const SO_BINDTOIFINDEX = 62

/** A socket for ICMP echoes, to one address. icmp(7), raw(7) */
export class EchoSocket {
  readonly version: 4 | 6
  /** What it receives begins with the IPv4 header. */
  readonly headed: boolean
  readonly fd: Fd
  #watch: ReadyWatch | undefined

  /**
   * Opens one in the namespace of the calling thread: raw for those who may, else a "ping" socket, which
   * net.ipv4.ping_group_range allows or not.
   * @throws SystemError
   */
  constructor(version: 4 | 6) {
    const [domain, protocol] = version === 4 ? [AF_INET, IPPROTO_ICMP] : [AF_INET6, IPPROTO_ICMPV6]
    const { fd, raw } = open(domain, protocol)
    this.version = version
    this.fd = fd
    this.headed = raw && version === 4
    // Errors that routers report, not only those of this host; and how many hops the answer may still have gone.
    if (version === 4) {
      setOption(fd, IPPROTO_IP, IP_RECVERR, 1)
      setOption(fd, IPPROTO_IP, IP_RECVTTL, 1)
    } else {
      setOption(fd, IPPROTO_IPV6, IPV6_RECVERR, 1)
      setOption(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1)
    }
  }

  /** Sends by this link only. @throws SystemError */
  bindToLink(index: number): void {
    const errno = setOption(this.fd, SOL_SOCKET, SO_BINDTOIFINDEX, index)
    if (errno !== 0) throw new SystemError('setsockopt', errno, `link ${index}`)
  }

  /** How many hops a request may go. @throws SystemError */
  setHops(hops: number): void {
    const errno =
      this.version === 4
        ? setOption(this.fd, IPPROTO_IP, IP_TTL, hops)
        : setOption(this.fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops)
    if (errno !== 0) throw new SystemError('setsockopt', errno, `ttl ${hops}`)
  }

  /** @param address its bytes @param scope the link's index, for link-local ones @throws SystemError: ENETUNREACH */
  connect(address: Uint8Array, scope: number, subject: string): void {
    connectSocket(this.fd, inetAddress(this.version, address, 0, scope), subject)
  }

  /** Gives the count, or minus the errno. */
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
    return { fd: openSocket(domain, SOCK_DGRAM, protocol), raw: false }
  }
}
