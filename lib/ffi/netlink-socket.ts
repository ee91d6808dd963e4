import { errno } from '../../protocol/netlink/errno.js'
import { SystemError } from '../errors.js'
import { fitsInterfaceRequest } from '../link-reference.js'
import { privilegeHint } from '../privilege.js'
import { closeFd, type Fd } from './fd.js'
import { lastErrno, libc } from './libc.js'
import { hasIndex, linkIndex, queryLinkIndex } from './link-index.js'
import { type ReadyWatch, watchReadable } from './ready.js'
import { ReceiveBlock, type ReceivedDatagram } from './receive-block.js'
import {
  AF_NETLINK,
  bindSocket,
  controlInteger,
  getOption,
  MSG_DONTWAIT,
  MSG_TRUNC,
  NETLINK_ADDRESS,
  netnsCookie,
  openSocket,
  receiveMessage,
  SOCK_RAW,
  SOL_SOCKET,
  send,
  setOption,
  socketName,
} from './socket.js'

/* include/uapi/linux/netlink.h */
const SOL_NETLINK = 270
const ADD_MEMBERSHIP = 1
const DROP_MEMBERSHIP = 2
const LISTEN_ALL_NSID = 8
const CAP_ACK = 10
const EXT_ACK = 11
const GET_STRICT_CHK = 12
/* include/uapi/asm-generic/socket.h */
const SO_SNDBUF = 7
const SO_RCVBUF = 8
const SO_SNDBUFFORCE = 32
const SO_RCVBUFFORCE = 33

export interface NetlinkSocketOptions {
  /** The receive buffer to ask for, bytes. The kernel doubles it, and limits it for unprivileged processes. */
  readonly receiveBuffer?: number | undefined
  /** The send buffer to ask for, bytes. */
  readonly sendBuffer?: number | undefined
}

/**
 * A netlink socket, bound and set up. Sending and receiving return a count or minus the errno. No call blocks:
 * `sendAsync` and `receiveMany` run on threads of the pool.
 */
export class NetlinkSocket {
  /** The port id that the kernel assigned. */
  readonly port: number
  /** The size of the receive buffer that the kernel gave, bytes. */
  readonly receiveBuffer: number
  #fd: Fd
  readonly #address = new Uint8Array(NETLINK_ADDRESS.size)
  readonly #addressView = new DataView(this.#address.buffer)
  readonly #addressLength = Uint32Array.of(NETLINK_ADDRESS.size)
  // Looked up once: it is called for each message.
  readonly #recvfrom = libc().recvfrom
  #watch: ReadyWatch | undefined
  /** Two that alternate: while one is read into, the other is decoded. */
  readonly #blocks: (ReceiveBlock | undefined)[] = [undefined, undefined]
  #allNamespaces = false
  #namespaceId: number | undefined
  /** How many threads use the fd. It is closed when they are done, so that its number is not reused while they run. */
  #users = 0
  #closed = false

  /**
   * Opens a socket in the namespace of the calling thread.
   * @throws {@link SystemError} when the socket cannot be opened or bound
   */
  constructor(protocol: number, options: NetlinkSocketOptions = {}) {
    this.#fd = openSocket(AF_NETLINK, SOCK_RAW, protocol)
    try {
      const address = new Uint8Array(NETLINK_ADDRESS.size)
      const view = new DataView(address.buffer)
      view.setUint16(0, AF_NETLINK, true)
      bindSocket(this.#fd, address)
      socketName(this.#fd, address)
      this.port = view.getUint32(NETLINK_ADDRESS.port, true)
      // Extended acknowledgements need Linux 4.12, strict checks 4.20; an older kernel refuses the option.
      setOption(this.#fd, SOL_NETLINK, EXT_ACK, 1)
      setOption(this.#fd, SOL_NETLINK, CAP_ACK, 1)
      setOption(this.#fd, SOL_NETLINK, GET_STRICT_CHK, 1)
      this.#setBuffer(SO_SNDBUFFORCE, SO_SNDBUF, options.sendBuffer)
      this.#setBuffer(SO_RCVBUFFORCE, SO_RCVBUF, options.receiveBuffer)
      this.receiveBuffer = getOption(this.#fd, SOL_SOCKET, SO_RCVBUF)
    } catch (error) {
      this.close()
      throw error
    }
  }

  get fd(): Fd {
    return this.#fd
  }

  /** A number that no other network namespace gets while the machine runs; undefined before Linux 5.14. */
  get netnsCookie(): bigint | undefined {
    return netnsCookie(this.#fd)
  }

  /** The port id of the last datagram's sender; the kernel's is 0. */
  get sender(): number {
    return this.#addressView.getUint32(NETLINK_ADDRESS.port, true)
  }

  /** Sends messages. The kernel carries them out before this returns. */
  send(data: Uint8Array, length = data.length): number {
    return send(this.#fd, data, length)
  }

  /** As `send`, on a thread of the pool: for requests that may block in the kernel. */
  sendAsync(data: Uint8Array): Promise<number> {
    if (this.#closed) return Promise.resolve(-errno.EBADF)
    this.#users++
    return new Promise((resolve, reject) => {
      libc().send.async(this.#fd, data, data.length, 0, (error: unknown, sent: number) => {
        // errno belongs to the pool's thread. A failed send had no effect, so it is repeated here to read its errno.
        const result = sent >= 0 ? sent : send(this.#fd, data)
        this.#threadDone()
        if (error) reject(error)
        else resolve(result)
      })
    })
  }

  /**
   * Reads some datagrams on a thread of the pool: for listings, which the kernel makes as they are read. They stay
   * valid until the call after the next, or until the socket is closed.
   */
  receiveMany(): Promise<readonly ReceivedDatagram[]> {
    this.#blocks.reverse()
    const block = this.#blocks[0] ?? new ReceiveBlock()
    this.#blocks[0] = block
    const [first] = block.memory
    if (this.#closed || first === undefined) return Promise.resolve([])
    this.#users++
    return new Promise((resolve, reject) => {
      const done = (error: unknown, count: number) => {
        // As above: a failed call consumed nothing, so it is repeated here.
        const datagrams =
          count > 0
            ? block.datagrams(count)
            : [{ memory: first, length: this.receive(first.bytes), sender: this.sender }]
        this.#threadDone()
        if (error) reject(error)
        else resolve(datagrams)
      }
      libc().recvmmsg.async(this.#fd, block.headers, block.count, MSG_DONTWAIT | MSG_TRUNC, null, done)
    })
  }

  #threadDone(): void {
    if (--this.#users === 0 && this.#closed) this.#release()
  }

  /** The id of the network namespace of the last datagram, if that is not the socket's own. */
  get namespaceId(): number | undefined {
    return this.#namespaceId
  }

  /**
   * Also receives from all namespaces that have an id in the socket's own.
   * @throws {@link SystemError} `EPERM` without CAP_NET_BROADCAST
   */
  listenToAllNamespaces(): void {
    const failure = setOption(this.#fd, SOL_NETLINK, LISTEN_ALL_NSID, 1)
    if (failure !== 0) {
      const hint = failure === errno.EPERM ? privilegeHint() : undefined
      throw new SystemError('setsockopt', failure, 'NETLINK_LISTEN_ALL_NSID', hint)
    }
    this.#allNamespaces = true
  }

  /** Reads one datagram if there is one. A count beyond the memory's length means that it was truncated. */
  receive(into: Uint8Array): number {
    if (this.#allNamespaces) {
      const { length, control } = receiveMessage(this.#fd, into, this.#address, MSG_TRUNC)
      this.#namespaceId = controlInteger(control, SOL_NETLINK, [LISTEN_ALL_NSID])
      return length
    }
    this.#addressLength[0] = NETLINK_ADDRESS.size
    const length = this.#recvfrom(
      this.#fd,
      into,
      into.length,
      MSG_DONTWAIT | MSG_TRUNC,
      this.#address,
      this.#addressLength,
    )
    return length < 0 ? -lastErrno() : length
  }

  /**
   * The index of the link with this name in the socket's network namespace, or minus the errno. Names that do not
   * {@link fitsInterfaceRequest} are asked for by a message, which needs a socket on which no answer is awaited.
   */
  linkIndex(name: string): number {
    return fitsInterfaceRequest(name) ? linkIndex(this.#fd, name) : queryLinkIndex(this.#fd, name)
  }

  /** False if there is no link with this name or index in the socket's network namespace. */
  hasLink(link: string | number): boolean {
    return typeof link === 'string' ? this.linkIndex(link) !== -errno.ENODEV : hasIndex(this.#fd, link)
  }

  /**
   * Joins a multicast group.
   * @throws {@link SystemError} when there is no such group
   */
  join(group: number): void {
    this.#membership(ADD_MEMBERSHIP, group)
  }

  /**
   * Leaves a multicast group.
   * @throws {@link SystemError} when there is no such group
   */
  leave(group: number): void {
    this.#membership(DROP_MEMBERSHIP, group)
  }

  /** Calls `callback` whenever there is something to read; `undefined` stops that. */
  onReadable(callback: (() => void) | undefined): void {
    this.#watch?.stop()
    this.#watch = callback && watchReadable(this.#fd, callback)
  }

  /** Closes the socket, when no thread uses it any more. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.onReadable(undefined)
    if (this.#users === 0) this.#release()
  }

  #release(): void {
    const fd = this.#fd
    this.#fd = -1 as Fd
    closeFd(fd)
    for (const block of this.#blocks.splice(0)) block?.free()
  }

  #membership(option: number, group: number): void {
    const failure = setOption(this.#fd, SOL_NETLINK, option, group)
    const hint = failure === errno.EPERM ? privilegeHint() : undefined
    if (failure !== 0) throw new SystemError('setsockopt', failure, `group ${group}`, hint)
  }

  /** The FORCE option exceeds net.core.rmem_max and wmem_max; it needs CAP_NET_ADMIN. */
  #setBuffer(force: number, plain: number, size: number | undefined): void {
    if (size === undefined) return
    if (setOption(this.#fd, SOL_SOCKET, force, size) !== 0) setOption(this.#fd, SOL_SOCKET, plain, size)
  }
}
