import { type ErrnoName, errno, MessageCursor, messageFlag, viewOf } from '../../protocol/index.js'
import type { Datagram, Transport } from '../connection/index.js'
import { acknowledge, type FakeRequest } from './messages.js'

/** The result of a `receive`: a datagram of the kernel, one of another sender, or the error of a failing call. */
export type Delivery = Uint8Array | { readonly bytes: Uint8Array; readonly port: number } | ErrnoName

/** Answers a request. By default, requests that ask for an ACK are acknowledged, as when the kernel succeeds. */
export type Answer = (request: FakeRequest) => readonly Delivery[]

/** The datagrams of `receiveMany`, at most. */
const DATAGRAMS_AT_ONCE = 3
const DATAGRAM_SIZE = 64 * 1024

/**
 * A kernel for tests: a transport that records what is sent, and answers as the test defines. It needs neither
 * privileges nor Linux, unless a namespace is passed to a request: that one is opened.
 *
 * ```ts
 * const kernel = new FakeKernel((request) =>
 *   request.type === rtm.newlink ? [refuse(request, 'EEXIST')] : [acknowledge(request)],
 * )
 * const connection = new Connection({ open: () => kernel.open(), timeout: 1000 })
 * ```
 *
 * Each instance is one socket. `open` gives the first, and then others, which share the answers, the recorded requests
 * and the links: a connection opens one for its requests and one for each dump and subscription.
 */
export class FakeKernel implements Transport {
  /** The size of the receive buffer, bytes: bounds how many requests a batch has. */
  receiveBuffer = 1 << 20
  sender = 0
  closed = false
  allNamespaces = false
  /** The multicast groups that were joined. */
  readonly groups: number[] = []
  /** All requests, of all sockets, as they arrived. */
  requests: FakeRequest[] = []
  /** How many messages came with each send of this socket. */
  readonly batches: number[] = []
  /** The links that `linkIndex` and `hasLink` know: index by name. */
  links = new Map<string, number>([['lo', 1]])
  /** The errors of the next sends. */
  readonly sendErrors: ErrnoName[] = []
  /** The results of the next receives; answers are appended. */
  readonly deliveries: Delivery[] = []
  /** The sockets that were opened, in that order. */
  sockets: FakeKernel[] = []
  readonly #answer: Answer
  #readable: (() => void) | undefined

  constructor(answer: Answer = acknowledgeIfAsked) {
    this.#answer = answer
  }

  /** This socket the first time, and another of the same kernel each time after. */
  open(): FakeKernel {
    const socket = this.sockets.length === 0 ? this : new FakeKernel(this.#answer)
    socket.requests = this.requests
    socket.links = this.links
    socket.sockets = this.sockets
    this.sockets.push(socket)
    return socket
  }

  send(data: Uint8Array, length = data.length): number {
    const error = this.sendErrors.shift()
    if (error !== undefined) return -errno[error]
    let count = 0
    const cursor = new MessageCursor().begin(viewOf(data), length)
    for (; cursor.next(); count++) {
      const { type, flags, sequence, payload, payloadLength } = cursor
      const request = { type, flags, sequence, payload: data.slice(payload, payload + payloadLength) }
      this.requests.push(request)
      for (const delivery of this.#answer(request)) this.deliveries.push(delivery)
    }
    this.batches.push(count)
    return length
  }

  async sendAsync(data: Uint8Array): Promise<number> {
    await nextImmediate()
    return this.send(data)
  }

  receive(into: Uint8Array): number {
    if (this.closed) return -errno.EBADF
    const delivery = this.deliveries.shift()
    if (delivery === undefined) return -errno.EAGAIN
    if (typeof delivery === 'string') return -errno[delivery]
    const { bytes, port } = delivery instanceof Uint8Array ? { bytes: delivery, port: 0 } : delivery
    this.sender = port
    into.set(bytes.subarray(0, into.length))
    return bytes.length
  }

  async receiveMany(): Promise<readonly Datagram[]> {
    await nextImmediate()
    const datagrams: Datagram[] = []
    do {
      const bytes = new Uint8Array(DATAGRAM_SIZE)
      const length = this.receive(bytes)
      datagrams.push({ memory: { bytes, view: viewOf(bytes) }, length, sender: this.sender })
    } while (datagrams.length < DATAGRAMS_AT_ONCE && typeof this.deliveries[0] === 'object')
    return datagrams
  }

  linkIndex(name: string): number {
    return this.links.get(name) ?? -errno.ENODEV
  }

  hasLink(link: string | number): boolean {
    return typeof link === 'string' ? this.links.has(link) : [...this.links.values()].includes(link)
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

  /** Delivers later: notifications, or late answers. */
  deliver(...deliveries: readonly Delivery[]): void {
    this.deliveries.push(...deliveries)
    setImmediate(() => this.#readable?.())
  }

  close(): void {
    this.closed = true
  }
}

/** Acknowledges requests that ask for an ACK; others succeed silently. */
export function acknowledgeIfAsked(request: FakeRequest): readonly Uint8Array[] {
  return (request.flags & messageFlag.ack) === 0 ? [] : [acknowledge(request)]
}

function nextImmediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
