import { align } from './align.js'
import { DecodeError } from './errors.js'

/* include/uapi/linux/netlink.h: struct nlattr { u16 nla_len; u16 nla_type }, and the bits of nla_type. */
export const ATTRIBUTE_HEADER_SIZE = 4
export const NLA_F_NESTED = 0x8000
export const NLA_F_NET_BYTEORDER = 0x4000
export const NLA_TYPE_MASK = 0x3fff

/**
 * Steps through the attributes between two bytes:
 *
 * ```ts
 * const walk = new AttributeWalk(view, start, length)
 * while (walk.next()) use(walk.type, walk.at, walk.length)
 * walk.requireEnd()
 * ```
 */
export class AttributeWalk {
  /** `nla_type`, its flag bits included. */
  type = 0
  /** Where the payload begins. */
  at = 0
  /** Bytes of payload. */
  length = 0
  readonly #view: DataView
  readonly #start: number
  readonly #end: number
  #next: number

  constructor(view: DataView, start: number, length: number) {
    this.#view = view
    this.#start = start
    this.#end = start + length
    this.#next = start
  }

  /** Moves to the next attribute. False at the end, and at an attribute whose length is invalid. */
  next(): boolean {
    const at = this.#next
    if (at + ATTRIBUTE_HEADER_SIZE > this.#end) return false
    const size = this.#view.getUint16(at, true)
    if (size < ATTRIBUTE_HEADER_SIZE || at + size > this.#end) return false
    this.type = this.#view.getUint16(at + 2, true)
    this.at = at + ATTRIBUTE_HEADER_SIZE
    this.length = size - ATTRIBUTE_HEADER_SIZE
    this.#next = at + align(size)
    return true
  }

  /** Whether the walk has reached the end. Fewer bytes than a header has are padding. */
  get ended(): boolean {
    return this.#next + ATTRIBUTE_HEADER_SIZE > this.#end
  }

  /** @throws {@link DecodeError} when the walk stopped at an attribute whose length is invalid */
  requireEnd(): void {
    if (this.ended) return
    const size = this.#view.getUint16(this.#next, true)
    throw new DecodeError(
      `an attribute of ${size} bytes at offset ${this.#next - this.#start} in a set of ${this.#end - this.#start} bytes`,
    )
  }
}
