/**
 * The bits of a register, each a constant or a bit of what was loaded from the packet: what masks, shifts and
 * conversions of byte order have made of it. Bits are in the order of memory, the most significant of each byte first.
 *
 * 0 and 1 are constants; `n + FIRST` is bit `n` of the loaded value, and the complement (`~`) of that its opposite.
 */
export type Bits = Int16Array

const FIRST = 2
const WORD_BITS = 32

/** Which bit of the loaded value it is; undefined for constants. */
export function loadedBit(bit: number): number | undefined {
  if (bit >= FIRST) return bit - FIRST
  return bit < 0 ? ~bit - FIRST : undefined
}

export const isOpposite = (bit: number) => bit < 0

/** A value as it was loaded. */
export function loadedBits(length: number): Bits {
  const bits = new Int16Array(8 * length)
  for (let i = 0; i < bits.length; i++) bits[i] = i + FIRST
  return bits
}

const bitOf = (bytes: Uint8Array, i: number) => ((bytes[i >> 3] as number) >> (7 - (i & 7))) & 1

/** `(bits & mask) ^ xor` */
export const maskedBits = (bits: Bits, mask: Uint8Array, xor: Uint8Array): Bits =>
  bits.map((bit, i) => {
    const masked = bitOf(mask, i) === 1 ? bit : 0
    if (bitOf(xor, i) === 0) return masked
    return masked === 0 || masked === 1 ? 1 - masked : ~masked
  })

/** Reverses the bytes of a value. */
export const swappedBits = (bits: Bits): Bits =>
  bits.map((_, i) => bits[bits.length - 8 - (i & ~7) + (i & 7)] as number)

/**
 * Shifts an integer in the host's order, left by a positive number of bits; undefined where a register of more than 4
 * bytes is shifted, or bits leave the value. net/netfilter/nft_bitwise.c
 */
export function shiftedBits(bits: Bits, left: number): Bits | undefined {
  if (bits.length > WORD_BITS || Math.abs(left) >= bits.length) return undefined
  const word = new Int16Array(WORD_BITS)
  word.set(bits)
  const integer = swappedBits(word)
  const shifted = integer.map((_, i) => integer[i + left] ?? 0)
  const back = swappedBits(shifted)
  return back.subarray(bits.length).some((bit) => bit !== 0) ? undefined : back.slice(0, bits.length)
}
