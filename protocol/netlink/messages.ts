import { align } from '../codec/align.js'
import { HEADER_SIZE } from './header.js'

/**
 * The walker over the messages of a datagram, as NLMSG_OK and NLMSG_NEXT are in C. Its members describe the current message;
 * one cursor is used again for each datagram, so that reading allocates nothing.
 *
 * ```ts
 * cursor.begin(view, length)
 * while (cursor.next()) handle(cursor.type, cursor.payload, cursor.payloadLength)
 * ```
 */
export class MessageCursor {
  type = 0
  flags = 0
  sequence = 0
  /** Where the message begins. */
  start = 0
  /** Where the payload begins. */
  payload = 0
  /** The payload's length without padding, bytes. */
  payloadLength = 0
  #view: DataView | undefined
  #end = 0
  #next = 0

  /** Stands before the first message of `length` bytes. */
  begin(view: DataView, length: number): this {
    this.#view = view
    this.#end = length
    this.#next = 0
    return this
  }

  /** Goes to the next message. False at the end, and where a length reaches beyond it. */
  next(): boolean {
    const view = this.#view
    const start = this.#next
    if (view === undefined || start + HEADER_SIZE > this.#end) return false
    const length = view.getUint32(start, true)
    if (length < HEADER_SIZE || start + length > this.#end) return false
    this.type = view.getUint16(start + 4, true)
    this.flags = view.getUint16(start + 6, true)
    this.sequence = view.getUint32(start + 8, true)
    this.start = start
    this.payload = start + HEADER_SIZE
    this.payloadLength = length - HEADER_SIZE
    this.#next = start + align(length)
    return true
  }
}
