import { viewOf } from '../../protocol/index.js'
import { libc, memoryAt } from './libc.js'
import { NETLINK_ADDRESS } from './socket.js'

/** How many datagrams a call reads: more means fewer calls but higher latency. */
const COUNT = 6
/** The memory of each datagram, bytes: twice what the kernel sends of a listing at once. */
const SIZE = 64 * 1024
/* struct mmsghdr: struct msghdr of 56 bytes, u32 length, padding. recvmmsg(2); on 64-bit processors */
const HEADER = 64
const LENGTH_OFFSET = 56
/* struct iovec: base, length */
const VECTOR = 16
/** struct sockaddr_nl, rounded up. */
const NAME = 16

/** `Datagram` of connection/transport.ts, which this layer cannot import. */
export interface ReceivedDatagram {
  readonly memory: { readonly bytes: Uint8Array; readonly view: DataView }
  readonly length: number
  readonly sender: number
}

/** Memory outside of the JavaScript heap for several datagrams that one call of recvmmsg(2) reads. */
export class ReceiveBlock {
  readonly count = COUNT
  /** The array of struct mmsghdr. */
  readonly headers: unknown
  readonly memory: readonly ReceivedDatagram['memory'][]
  readonly #view: DataView

  constructor() {
    const vectors = COUNT * HEADER
    const names = vectors + COUNT * VECTOR
    const buffers = names + COUNT * NAME
    const size = buffers + COUNT * SIZE
    this.headers = libc().calloc(1, size)
    const { address, bytes } = memoryAt(this.headers, size)
    const view = viewOf(bytes)
    for (let i = 0; i < COUNT; i++) {
      const header = i * HEADER
      const vector = vectors + i * VECTOR
      // struct msghdr: name, u32 its length, iov, their number; the rest stays zero
      view.setBigUint64(header, address + BigInt(names + i * NAME), true)
      view.setUint32(header + 8, NETLINK_ADDRESS.size, true)
      view.setBigUint64(header + 16, address + BigInt(vector), true)
      view.setBigUint64(header + 24, 1n, true)
      view.setBigUint64(vector, address + BigInt(buffers + i * SIZE), true)
      view.setBigUint64(vector + 8, BigInt(SIZE), true)
    }
    this.#view = view
    this.memory = Array.from({ length: COUNT }, (_, i) => {
      const own = bytes.subarray(buffers + i * SIZE, buffers + (i + 1) * SIZE)
      return { bytes: own, view: viewOf(own) }
    })
  }

  /** The first `count` datagrams, after a call that received that many. */
  datagrams(count: number): ReceivedDatagram[] {
    const names = COUNT * (HEADER + VECTOR)
    return this.memory.slice(0, count).map((memory, i) => {
      const length = this.#view.getUint32(i * HEADER + LENGTH_OFFSET, true)
      return { memory, length, sender: this.#view.getUint32(names + i * NAME + NETLINK_ADDRESS.port, true) }
    })
  }

  /** Frees the memory: its views must not be used afterwards. */
  free(): void {
    libc().free(this.headers)
  }
}
