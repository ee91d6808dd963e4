import { NLA_TYPE_MASK } from '../../../protocol/codec/walk.js'

/** Where a message's attributes are, without decoding them. Types from this number on are not looked at. */
const TYPES = 96

/**
 * The fields of an encoded message. It is reused for one message after another: a table may have a million routes.
 */
export class MessageFields {
  view: DataView = new DataView(new ArrayBuffer(0))
  /** Where the message's fixed header begins. */
  at = 0
  /** The length of header and attributes, bytes. */
  length = 0
  /** Where the attributes begin, from `at`. */
  readonly bodyOffset: number
  readonly #offsets = new Int32Array(TYPES)
  readonly #lengths = new Int32Array(TYPES)
  /** By type, the number of the message in which it was seen last. */
  readonly #seen = new Int32Array(TYPES)
  #number = 0

  /** @param headerSize of the fixed header, bytes */
  constructor(headerSize: number) {
    this.bodyOffset = (headerSize + 3) & ~3
  }

  /** Moves to a message. */
  begin(view: DataView, at: number, length: number): this {
    this.view = view
    this.at = at
    this.length = length
    this.#number = (this.#number + 1) | 0
    const end = at + length
    let next = at + this.bodyOffset
    while (next + 4 <= end) {
      const size = view.getUint16(next, true)
      if (size < 4 || next + size > end) break
      const type = view.getUint16(next + 2, true) & NLA_TYPE_MASK
      if (type < TYPES) {
        this.#offsets[type] = next + 4
        this.#lengths[type] = size - 4
        this.#seen[type] = this.#number
      }
      next += (size + 3) & ~3
    }
    return this
  }

  has(type: number): boolean {
    return this.#seen[type] === this.#number
  }

  /** Where an attribute's payload begins. */
  offsetOf(type: number): number {
    return this.#offsets[type] as number
  }

  /** The length of an attribute's payload, bytes. */
  lengthOf(type: number): number {
    return this.#lengths[type] as number
  }

  /** A byte of the header. */
  u8(offset: number): number {
    return offset < this.length ? this.view.getUint8(this.at + offset) : 0
  }

  /** Four bytes of the header. */
  u32(offset: number): number {
    return offset + 4 <= this.length ? this.view.getUint32(this.at + offset, true) : 0
  }

  /** The number in an attribute of one or four bytes. */
  number(type: number, otherwise: number): number {
    if (!this.has(type)) return otherwise
    const length = this.lengthOf(type)
    if (length >= 4) return this.view.getUint32(this.offsetOf(type), true)
    return length >= 1 ? this.view.getUint8(this.offsetOf(type)) : otherwise
  }
}
