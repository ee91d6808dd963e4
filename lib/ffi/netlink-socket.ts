import { PRIVILEGE_HINT, SystemError } from '../errors.js'
import { closeFd, type Fd } from './fd.js'
import { lastErrno, libc } from './libc.js'
import { type ReadyWatch, watchReadable } from './ready.js'
import { ReceiveBlock, type ReceivedDatagram } from './receive-block.js'
import {
  AF_NETLINK,
  bindSocket,
  controlInteger,
  getOption,
  MSG_DONTWAIT,
  MSG_TRUNC,
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
/* struct sockaddr_nl: u16 family, u16 pad, u32 pid, u32 groups */
const ADDRESS_SIZE = 12
const PORT_OFFSET = 4
const EPERM = 1
const EBADF = 9

export interface NetlinkSocketOptions {
  /** Asked of the kernel for what waits to be read, bytes; doubled by it, and cut where not privileged. */
  readonly receiveBuffer?: number | undefined
  /** Asked of the kernel for what waits to be sent, bytes. */
  readonly sendBuffer?: number | undefined
}

/**
 * A netlink socket that is bound and set up; all calls give a count or minus the errno, none waits but
 * `sendAsync`, on a thread of its own.
 */
export class NetlinkSocket {
  /** The port id that the kernel gave. */
  readonly port: number
  /** The receive buffer that the kernel really gave, bytes. */
  readonly receiveBuffer: number
  #fd: Fd
  readonly #address = new Uint8Array(ADDRESS_SIZE)
  readonly #addressView = new DataView(this.#address.buffer)
  readonly #addressLength = Uint32Array.of(ADDRESS_SIZE)
  // Bound once: these two are called for each message.
  readonly #recvfrom = libc().recvfrom
  #watch: ReadyWatch | undefined
  /** Two by turns: one is read from, one is written to. */
  readonly #blocks: (ReceiveBlock | undefined)[] = [undefined, undefined]
  #allNamespaces = false
  #namespaceId: number | undefined
  /** How many threads are using the fd: it may not be closed, and its number not be reused, before they are done. */
  #busy = 0
  #closed = false

  /** Opens one in the namespace of the calling thread. @throws SystemError */
  constructor(protocol: number, options: NetlinkSocketOptions = {}) {
    this.#fd = openSocket(AF_NETLINK, SOCK_RAW, protocol)
    try {
      const address = new Uint8Array(ADDRESS_SIZE)
      const view = new DataView(address.buffer)
      view.setUint16(0, AF_NETLINK, true)
      bindSocket(this.#fd, address)
      socketName(this.#fd, address)
      this.port = view.getUint32(PORT_OFFSET, true)
      // Extended acknowledgements since Linux 4.12, strict checks since 4.20; older kernels go without.
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

  /** The port of who sent what was received last; the kernel's is 0. */
  get sender(): number {
    return this.#addressView.getUint32(PORT_OFFSET, true)
  }

  /** Hands messages to the kernel, which acts on them before this returns. */
  send(data: Uint8Array, length = data.length): number {
    return send(this.#fd, data, length)
  }

  /** As `send`, on a thread of the pool: for what holds the kernel for long. */
  sendAsync(data: Uint8Array): Promise<number> {
    if (this.#closed) return Promise.resolve(-EBADF)
    this.#busy++
    return new Promise((resolve, reject) => {
      libc().send.async(this.#fd, data, data.length, 0, (error: unknown, sent: number) => {
        // errno belongs to the thread that failed. Nothing was done, so ask again here, where it can be read.
        const result = sent >= 0 ? sent : send(this.#fd, data)
        this.#threadIsDone()
        if (error) reject(error)
        else resolve(result)
      })
    })
  }

  /**
   * Reads some datagrams on a thread of the pool: of listings, which the kernel makes as they are read. They stay where
   * they are until the call after the next, or the socket is closed.
   */
  receiveMany(): Promise<readonly ReceivedDatagram[]> {
    this.#blocks.reverse()
    const block = this.#blocks[0] ?? new ReceiveBlock()
    this.#blocks[0] = block
    const [first] = block.memory
    if (this.#closed || first === undefined) return Promise.resolve([])
    this.#busy++
    return new Promise((resolve, reject) => {
      const done = (error: unknown, count: number) => {
        // As above: nothing was taken, so that the same may be asked here.
        const datagrams =
          count > 0
            ? block.datagrams(count)
            : [{ memory: first, length: this.receive(first.bytes), sender: this.sender }]
        this.#threadIsDone()
        if (error) reject(error)
        else resolve(datagrams)
      }
      libc().recvmmsg.async(this.#fd, block.headers, block.count, MSG_DONTWAIT | MSG_TRUNC, null, done)
    })
  }

  #threadIsDone(): void {
    if (--this.#busy === 0 && this.#closed) this.#release()
  }

  /** The id of the namespace that what was received last is about, where that is not the socket's own. */
  get namespaceId(): number | undefined {
    return this.#namespaceId
  }

  /** Hears of all namespaces that have an id in the socket's own, besides that one. @throws SystemError */
  listenToAllNamespaces(): void {
    const errno = setOption(this.#fd, SOL_NETLINK, LISTEN_ALL_NSID, 1)
    if (errno !== 0) {
      throw new SystemError(
        'setsockopt',
        errno,
        'NETLINK_LISTEN_ALL_NSID',
        errno === EPERM ? PRIVILEGE_HINT : undefined,
      )
    }
    this.#allNamespaces = true
  }

  /** Reads one datagram if there is one; a count beyond the memory says that it was cut. */
  receive(into: Uint8Array): number {
    if (this.#allNamespaces) {
      const { length, control } = receiveMessage(this.#fd, into, this.#address, MSG_TRUNC)
      this.#namespaceId = controlInteger(control, SOL_NETLINK, [LISTEN_ALL_NSID])
      return length
    }
    this.#addressLength[0] = ADDRESS_SIZE
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

  /** Joins a multicast group. @throws SystemError */
  join(group: number): void {
    this.#membership(ADD_MEMBERSHIP, group)
  }

  /** Leaves a multicast group. @throws SystemError */
  leave(group: number): void {
    this.#membership(DROP_MEMBERSHIP, group)
  }

  /** Calls back while there is something to read; with `undefined` no more. */
  onReadable(callback: (() => void) | undefined): void {
    this.#watch?.stop()
    this.#watch = callback && watchReadable(this.#fd, callback)
  }

  /** Closes it; again does nothing. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.onReadable(undefined)
    if (this.#busy === 0) this.#release()
  }

  #release(): void {
    const fd = this.#fd
    this.#fd = -1 as Fd
    closeFd(fd)
    for (const block of this.#blocks.splice(0)) block?.free()
  }

  #membership(option: number, group: number): void {
    const errno = setOption(this.#fd, SOL_NETLINK, option, group)
    if (errno !== 0) throw new SystemError('setsockopt', errno, `group ${group}`)
  }

  /** FORCE goes beyond net.core.rmem_max, for those who may. */
  #setBuffer(force: number, plain: number, size: number | undefined): void {
    if (size === undefined) return
    if (setOption(this.#fd, SOL_SOCKET, force, size) !== 0) setOption(this.#fd, SOL_SOCKET, plain, size)
  }
}
