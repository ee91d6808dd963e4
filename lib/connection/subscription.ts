import { errno, MessageCursor } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { growReceiveMemory, received } from './receive-memory.js'
import { onAbort } from './signals.js'
import type { Transport } from './transport.js'

/** An operation that is ended with an error when the connection is closed. */
export interface Abortable {
  abort(error: unknown): void
}

export interface SubscribeOptions {
  /** Also receives from all namespaces that have an id in this one (NETLINK_LISTEN_ALL_NSID). */
  readonly allNamespaces?: boolean | undefined
  /** Ends the subscription with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Handles a message. The memory is reused afterwards: copy whatever is kept. */
export type OnMessage = (
  type: number,
  flags: number,
  view: DataView,
  at: number,
  length: number,
  nsid: number | undefined,
) => void

/**
 * A socket that is subscribed to multicast groups. It is read only when its owner calls `read`.
 * A slow consumer uses only the kernel's buffer; an overrun is reported.
 */
export class Subscription implements Abortable, Disposable {
  readonly #transport: Transport
  readonly #running: Set<Abortable>
  readonly #cursor = new MessageCursor()
  #ended: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined
  readonly #unlisten: () => void

  constructor(
    transport: Transport,
    groups: readonly number[],
    options: SubscribeOptions,
    running: Set<Abortable>,
  ) {
    this.#transport = transport
    this.#running = running
    const { signal } = options
    try {
      signal?.throwIfAborted()
      if (options.allNamespaces) transport.listenToAllNamespaces()
      for (const group of groups) transport.join(group)
    } catch (error) {
      transport.close()
      throw error
    }
    running.add(this)
    this.#unlisten = onAbort(signal, () => this.abort(signal?.reason))
  }

  /**
   * Reads one datagram, and calls `onMessage` for its messages if the kernel sent it. Returns `overrun` when messages
   * were lost, because the kernel's buffer was full or the datagram was longer than the memory.
   * @throws {@link SystemError} when the socket fails
   * @throws {@link ClosedError} when the connection is closed
   * @throws the signal's reason
   */
  read(onMessage: OnMessage): 'message' | 'nothing' | 'overrun' {
    if (this.#ended) throw this.#ended.error
    const transport = this.#transport
    const length = transport.receive(received.bytes)
    if (length === -errno.EAGAIN) return 'nothing'
    if (length === -errno.ENOBUFS) return 'overrun'
    if (length > received.bytes.length) {
      growReceiveMemory(length)
      return 'overrun'
    }
    if (length === -errno.EINTR) return 'message'
    if (length < 0) throw new SystemError('receive', -length)
    if (transport.sender !== 0) return 'message'
    const { view } = received
    const cursor = this.#cursor.begin(view, length)
    while (cursor.next()) {
      const { type, flags, payload, payloadLength } = cursor
      onMessage(type, flags, view, payload, payloadLength, transport.namespaceId)
    }
    return 'message'
  }

  /** Waits until there is something to read, or the subscription has ended. */
  readable(): Promise<void> {
    if (this.#ended) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        if (!this.#ended) this.#transport.onReadable(undefined)
        resolve()
      }
      this.#transport.onReadable(this.#wake)
    })
  }

  abort(error: unknown): void {
    if (this.#ended) return
    this.#ended = { error }
    this.#running.delete(this)
    this.#unlisten()
    this.#transport.close()
    this.#wake?.()
  }

  [Symbol.dispose](): void {
    this.abort(undefined)
  }
}
