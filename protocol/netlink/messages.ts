import { align } from '../codec/align.js'
import { HEADER_SIZE } from './header.js'

/**
 * Steps through the messages of a datagram, as NLMSG_OK and NLMSG_NEXT do in C. Its members describe the current
 * message. One cursor is reused for all datagrams, so that reading allocates nothing.
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

  /** Moves to the start of `length` bytes, before their first message. */
  begin(view: DataView, length: number): this {
    this.#view = view
    this.#end = length
    this.#next = 0
    return this
  }

  /** Moves to the next message. False at the end, and at a message whose length is invalid. */
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
