import type { Datatype } from '../datatype.js'
import type { Bits } from './bits.js'

export const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0)

/** The bytes of which these bits are set. */
export function bitBytes(bits: Bits, isSet: (bit: number) => boolean): Uint8Array {
  const bytes = new Uint8Array(bits.length / 8)
  for (const [i, bit] of bits.entries()) {
    if (isSet(bit)) bytes[i >> 3] = (bytes[i >> 3] as number) | (0x80 >> (i & 7))
  }
  return bytes
}

/** Bytes in the order of memory as bits, the most significant first; those beyond the bytes are 0. */
export function bitsOfBytes(bytes: Uint8Array, isLittle: boolean, length: number): Bits | undefined
export function bitsOfBytes(bytes: Uint8Array, isLittle: boolean): Bits
export function bitsOfBytes(bytes: Uint8Array, isLittle: boolean, length = bytes.length): Bits | undefined {
  if (bytes.length > length) return undefined
  const all = new Uint8Array(length)
  all.set(bytes)
  const inOrder = isLittle ? all.toReversed() : all
  const bits = new Int16Array(8 * length)
  for (let i = 0; i < bits.length; i++) bits[i] = ((inOrder[i >> 3] as number) >> (7 - (i & 7))) & 1
  return bits
}

/** The value of a field: some of the bits, all others being 0. */
export function bytesOf(bits: Bits, from: number, count: number, type: Datatype): Uint8Array | undefined {
  const bytes = new Uint8Array(type.length)
  const offset = 8 * type.length - count
  for (const [i, bit] of bits.entries()) {
    if (bit === 0) continue
    if (i < from || i >= from + count) return undefined
    const at = offset + i - from
    bytes[at >> 3] = (bytes[at >> 3] as number) | (0x80 >> (at & 7))
  }
  return type.bigEndian ? bytes : bytes.reverse()
}

/** The first bytes of a constant as a value of a type; undefined if others are not zero. */
export function bytesOfType(type: Datatype, constant: Uint8Array): Uint8Array | undefined {
  if (constant.length < type.length) return undefined
  const isWhole = constant.subarray(type.length).every((byte) => byte === 0)
  return isWhole ? constant.subarray(0, type.length) : undefined
}
