import type { Datagram, Transport } from '../../lib/connection/index.js'
import { controlType, HEADER_SIZE, readHeader, viewOf } from '../../protocol/index.js'

/** A request as it arrived. */
export interface Arrived {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly payload: Uint8Array
}

/** What a `receive` finds: a datagram, of the kernel's unless said otherwise, or minus an errno. */
export type Delivery = { readonly bytes: Uint8Array; readonly port?: number } | number

/** A message to be delivered. */
export function datagram(type: number, flags: number, sequence: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + ((payload.length + 3) & ~3))
  const view = viewOf(bytes)
  view.setUint32(0, HEADER_SIZE + payload.length, true)
  view.setUint16(4, type, true)
  view.setUint16(6, flags, true)
  view.setUint32(8, sequence, true)
  bytes.set(payload, HEADER_SIZE)
  return bytes
}

/** An acknowledgement, or a refusal. */
export function acknowledge(sequence: number, errno = 0): Uint8Array {
  const payload = new Uint8Array(4 + HEADER_SIZE)
  viewOf(payload).setInt32(0, -errno, true)
  return datagram(controlType.error, 0x100, sequence, payload)
}

/**
 * A kernel of the test's making, behind a socket that fails when it is told to. `answer` gives what a request brings;
 * `sends` are the results of the next sends, `deliveries` are what the next receives find before anything else.
 */
export class FakeKernel implements Transport {
  receiveBuffer = 1 << 20
  sender = 0
  closed = false
  allNamespaces = false
  readonly groups: number[] = []
  readonly arrived: Arrived[] = []
  readonly sends: number[] = []
  /** How many requests came with each send. */
  readonly windows: number[] = []
  readonly deliveries: Delivery[] = []
  readonly answer: (request: Arrived) => Delivery[]
  #readable: (() => void) | undefined

  constructor(
    answer: (request: Arrived) => Delivery[] = ({ sequence }) => [{ bytes: acknowledge(sequence) }],
  ) {
    this.answer = answer
  }

  send(data: Uint8Array, size = data.length): number {
    const result = this.sends.shift()
    if (result !== undefined && result < 0) return result
    let count = 0
    for (let at = 0; at + HEADER_SIZE <= size; count++) {
      const { length, type, flags, sequence } = readHeader(viewOf(data), at)
      const request = { type, flags, sequence, payload: data.slice(at + HEADER_SIZE, at + length) }
      this.arrived.push(request)
      this.deliveries.push(...this.answer(request))
      at += (length + 3) & ~3
    }
    this.windows.push(count)
    return size
  }

  async sendAsync(data: Uint8Array): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve))
    return this.send(data)
  }

  receive(into: Uint8Array): number {
    if (this.closed) return -9
    const delivery = this.deliveries.shift()
    if (delivery === undefined) return -11
    if (typeof delivery === 'number') return delivery
    this.sender = delivery.port ?? 0
    into.set(delivery.bytes.subarray(0, into.length))
    return delivery.bytes.length
  }

  async receiveMany(): Promise<readonly Datagram[]> {
    await new Promise((resolve) => setImmediate(resolve))
    const datagrams: Datagram[] = []
    do {
      const bytes = new Uint8Array(64 * 1024)
      const length = this.receive(bytes)
      datagrams.push({ memory: { bytes, view: viewOf(bytes) }, length, sender: this.sender })
    } while (datagrams.length < 3 && typeof this.deliveries[0] === 'object')
    return datagrams
  }

  join(group: number): void {
    this.groups.push(group)
  }

  listenToAllNamespaces(): void {
    this.allNamespaces = true
  }

  onReadable(callback: (() => void) | undefined): void {
    this.#readable = callback
  }

  /** Delivers later, as if the kernel had taken its time. */
  deliver(...deliveries: Delivery[]): void {
    this.deliveries.push(...deliveries)
    setImmediate(() => this.#readable?.())
  }

  close(): void {
    this.closed = true
  }
}
