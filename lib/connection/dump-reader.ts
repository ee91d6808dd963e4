import {
  controlType,
  decodeError,
  type ErrorMessage,
  errno,
  errnoName,
  extendedAck,
  MessageCursor,
  messageFlag,
  Writer,
} from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { TimeoutError } from './errors.js'
import { refusalOf } from './netlink-error.js'
import { growReceiveMemory, received } from './receive-memory.js'
import { encodeRequest, type Read, type Request } from './request.js'
import type { Datagram, Transport } from './transport.js'

/** A datagram of this many bytes is full: others follow. */
const LARGE_DATAGRAM = 16 * 1024
/**
 * How many large datagrams are read on this thread. Later ones are read ahead on another: the kernel builds each
 * datagram while it is being read, which may take long (a large routing table of which few routes match).
 */
const SYNC_READS = 2

/** One run of a dump over a socket of its own: from the request to NLMSG_DONE. */
export class DumpReader<V> {
  /** The kernel has ended the dump: the socket can be used for another. */
  ended = false
  /** The kernel flagged that the objects changed meanwhile (NLM_F_DUMP_INTR). */
  interrupted = false
  /** The socket dropped a datagram, or it was longer than the memory, which has been enlarged since. */
  lost = false
  readonly #transport: Transport
  readonly #request: Request
  readonly #read: Read<V | undefined>
  readonly #timeout: number
  readonly #cursor = new MessageCursor()
  /** The request as it was sent. */
  readonly #out = new Writer(256)
  #stopped = false
  #wake: (() => void) | undefined
  #largeReads = 0
  /** Datagrams that another thread is reading. */
  #ahead: Promise<readonly Datagram[]> | undefined
  /** Datagrams that it has read and that are not decoded yet. */
  #arrived: Datagram[] = []

  constructor(transport: Transport, request: Request, read: Read<V | undefined>, timeout: number) {
    this.#transport = transport
    this.#request = request
    this.#read = read
    this.#timeout = timeout
  }

  /**
   * Sends the request.
   * @throws {@link EncodeError} when a value cannot be sent
   * @throws {@link SystemError} when the socket fails
   */
  start(): void {
    const out = this.#out
    encodeRequest(out, this.#request, messageFlag.dump)
    let sent: number
    do sent = this.#transport.send(out.bytes, out.at)
    while (sent === -errno.EINTR)
    if (sent < 0) throw new SystemError(`send ${this.#request.name}`, -sent)
  }

  /**
   * Appends the elements of one datagram to `elements`.
   * @throws {@link NetlinkError} when the kernel refuses the dump
   * @throws {@link DecodeError} when an element is malformed
   * @throws {@link SystemError} when the socket fails; `EMSGSIZE` when a datagram was truncated
   * @throws {@link TimeoutError} when the kernel does not answer
   */
  async next(elements: V[]): Promise<void> {
    while (!this.#stopped) {
      if (this.#arrived.length === 0 && this.#ahead) await this.#takeAhead(this.#ahead)
      if (this.#stopped) return
      // `received` is shared with other sockets: its contents are decoded before the next `await`.
      const datagram = this.#arrived.shift() ?? this.#receive()
      const { length, sender } = datagram
      if (length === -errno.EINTR) continue
      if (length === -errno.EAGAIN) await this.#readable()
      else if (length < 0) {
        this.lost = length === -errno.ENOBUFS
        throw new SystemError(`receive ${this.#request.name}`, -length)
      } else if (sender === 0) {
        this.#decode(datagram, elements)
        return
      }
    }
  }

  /** Ends a `next` that waits; nothing more is read. */
  stop(): void {
    this.#stopped = true
    this.#wake?.()
  }

  #receive(): Datagram {
    const length = this.#transport.receive(received.bytes)
    const datagram = { memory: received, length, sender: this.#transport.sender }
    this.#readAhead(datagram)
    return datagram
  }

  /** Takes the datagrams that another thread has read, and lets it continue. */
  async #takeAhead(ahead: Promise<readonly Datagram[]>): Promise<void> {
    const datagrams = await this.#wait<readonly Datagram[]>((resolve, reject) => {
      this.#wake = () => resolve([])
      ahead.then(resolve, reject)
    })
    if (this.#stopped) return
    this.#ahead = undefined
    this.#arrived = [...datagrams]
    this.#readAhead(datagrams.at(-1))
  }

  /** Reads the next datagrams on another thread while these are decoded, if more are to come. */
  #readAhead(last: Datagram | undefined): void {
    if (last === undefined || last.length < LARGE_DATAGRAM || last.length > last.memory.bytes.length) return
    if (++this.#largeReads <= SYNC_READS || this.#endsWithin(last)) return
    this.#ahead = this.#transport.receiveMany()
    // Awaited by the next `next`; this handler only prevents an unhandledRejection until then.
    this.#ahead.catch(() => {})
  }

  #endsWithin({ memory: { view }, length }: Datagram): boolean {
    const cursor = this.#cursor.begin(view, length)
    while (cursor.next()) if (cursor.type <= controlType.overrun) return true
    return false
  }

  #decode({ memory, length }: Datagram, elements: V[]): void {
    if (length > memory.bytes.length) {
      growReceiveMemory(length)
      this.lost = true
      throw new SystemError(`receive ${this.#request.name}`, errno.EMSGSIZE)
    }
    const { view } = memory
    const cursor = this.#cursor.begin(view, length)
    while (cursor.next()) {
      const { type } = cursor
      if (cursor.flags & messageFlag.dumpInterrupted && type !== controlType.error) this.interrupted = true
      if (type > controlType.overrun) {
        const element = this.#read(view, cursor.payload, cursor.payloadLength)
        if (element !== undefined) elements.push(element)
      } else if (type === controlType.done || type === controlType.error) {
        this.ended = true
        const answer = answerOf(view, cursor)
        if (answer.errno === 0 || errnoName(answer.errno) === this.#request.emptyCode) return
        throw refusalOf(this.#request, answer, this.#out.written())
      }
    }
  }

  /** The kernel builds the next part of a dump when it is read, so waiting is rare. */
  async #readable(): Promise<void> {
    try {
      await this.#wait<void>((resolve) => {
        this.#wake = resolve
        this.#transport.onReadable(resolve)
      })
    } finally {
      if (!this.#stopped) this.#transport.onReadable(undefined)
    }
  }

  /** Waits until `begin` resolves, which `stop` has it do. @throws {@link TimeoutError} when that takes too long */
  #wait<R>(begin: (resolve: (value: R) => void, reject: (error: unknown) => void) => void): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new TimeoutError(this.#request.name, this.#timeout)),
        this.#timeout,
      )
      const settle =
        <V>(act: (value: V) => void) =>
        (value: V) => {
          clearTimeout(timer)
          act(value)
        }
      begin(settle(resolve), settle(reject))
    })
  }
}

/** How a dump ends: NLMSG_ERROR, or the number in NLMSG_DONE with the extended acknowledgement behind it. */
function answerOf(view: DataView, message: MessageCursor): Pick<ErrorMessage, 'errno' | 'ack'> {
  const { type, flags, payload, payloadLength } = message
  if (type === controlType.error) return decodeError(view, payload, payloadLength, flags)
  const number = payloadLength >= 4 ? -view.getInt32(payload, true) : 0
  if (number <= 0) return { errno: 0, ack: {} }
  const ack =
    flags & messageFlag.ackAttributes ? extendedAck.decode(view, payload + 4, payloadLength - 4, {}) : {}
  return { errno: number, ack }
}
