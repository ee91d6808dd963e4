import { viewOf } from '../../protocol/index.js'
import { libc, memoryAt } from './libc.js'

/** How many datagrams a call reads: fewer calls cost less, more keep the consumer waiting. */
const COUNT = 6
/** Of each datagram, bytes: twice what the kernel makes of a listing. */
const SIZE = 64 * 1024
/* struct mmsghdr: struct msghdr of 56 bytes, u32 length, padding. recvmmsg(2); on 64-bit processors */
const HEADER = 64
const LENGTH_OFFSET = 56
/* struct iovec: base, length */
const VECTOR = 16
/* struct sockaddr_nl, rounded up: the port id lies at 4 */
const NAME = 16
const NAME_LENGTH = 12
const PORT_OFFSET = 4

/** A datagram where it was received. */
export interface ReceivedDatagram {
  readonly memory: { readonly bytes: Uint8Array; readonly view: DataView }
  /** Its whole length, which may go beyond the memory; minus the errno where there is none. */
  readonly length: number
  readonly sender: number
}

/** Memory of C's for several datagrams that one call of recvmmsg(2) reads. */
export class ReceiveBlock {
  readonly count = COUNT
  /** The row of struct mmsghdr. */
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
      // struct msghdr: name, u32 its length, iov, their number; nothing else is asked for
      view.setBigUint64(header, address + BigInt(names + i * NAME), true)
      view.setUint32(header + 8, NAME_LENGTH, true)
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

  /** What was received. */
  datagrams(count: number): ReceivedDatagram[] {
    const names = COUNT * (HEADER + VECTOR)
    return this.memory.slice(0, count).map((memory, i) => {
      const length = this.#view.getUint32(i * HEADER + LENGTH_OFFSET, true)
      return { memory, length, sender: this.#view.getUint32(names + i * NAME + PORT_OFFSET, true) }
    })
  }

  /** Gives the memory back: nothing of it may be looked at afterwards. */
  free(): void {
    libc().free(this.headers)
  }
}
