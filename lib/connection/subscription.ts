import { HEADER_SIZE } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import type { Abortable } from './dump.js'
import { growReceiveMemory, received } from './receive-memory.js'
import type { Transport } from './transport.js'

/* include/uapi/asm-generic/errno.h */
const EINTR = 4
const EAGAIN = 11
const ENOBUFS = 105

export interface ListenOptions {
  /** Hear of all namespaces that have an id in this one, besides this one (NETLINK_LISTEN_ALL_NSID). */
  readonly allNamespaces?: boolean | undefined
  /** Ends it, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Takes a message as it lies in the receive memory, which is used again afterwards. */
export type OnMessage = (
  type: number,
  flags: number,
  view: DataView,
  at: number,
  length: number,
  nsid: number | undefined,
) => void

/**
 * A socket that is subscribed to multicast groups. It is read when its owner asks, not before: who is blocking costs the
 * kernel's buffer and no more, and is told when that overran.
 */
export class Subscription implements Abortable, Disposable {
  readonly #transport: Transport
  readonly #running: Set<Abortable>
  readonly #signal: AbortSignal | undefined
  #ended: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(
    transport: Transport,
    groups: readonly number[],
    options: ListenOptions,
    running: Set<Abortable>,
  ) {
    this.#transport = transport
    this.#running = running
    this.#signal = options.signal
    try {
      this.#signal?.throwIfAborted()
      if (options.allNamespaces) transport.listenToAllNamespaces()
      for (const group of groups) transport.join(group)
    } catch (error) {
      transport.close()
      throw error
    }
    running.add(this)
    this.#signal?.addEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = () => this.abort(this.#signal?.reason)

  /**
   * Reads one datagram, and hands out its messages if it is the kernel's; says what there was.
   * @throws SystemError; ClosedError, or the signal's reason, when it has ended
   */
  read(onMessage: OnMessage): 'message' | 'nothing' | 'overrun' {
    if (this.#ended) throw this.#ended.error
    const length = this.#transport.receive(received.bytes)
    if (length === -EAGAIN) return 'nothing'
    // A datagram that is longer than the memory has lost its end: as good as not heard.
    if (length === -ENOBUFS) return 'overrun'
    if (length > received.bytes.length) {
      growReceiveMemory(length)
      return 'overrun'
    }
    if (length === -EINTR) return 'message'
    if (length < 0) throw new SystemError('receive', -length)
    if (this.#transport.sender !== 0) return 'message'
    for (let at = 0; at + HEADER_SIZE <= length; ) {
      const size = received.view.getUint32(at, true)
      if (size < HEADER_SIZE || at + size > length) break
      onMessage(
        received.view.getUint16(at + 4, true),
        received.view.getUint16(at + 6, true),
        received.view,
        at + HEADER_SIZE,
        size - HEADER_SIZE,
        this.#transport.namespaceId,
      )
      at += (size + 3) & ~3
    }
    return 'message'
  }

  /** Waits until there is something to read, or it has ended. */
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
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#transport.close()
    this.#wake?.()
  }

  [Symbol.dispose](): void {
    this.abort(undefined)
  }
}
