import type { Bits } from './packet.js'

/** The registers of nf_tables: 16 words. include/uapi/linux/netfilter/nf_tables.h */
const SIZE = 64

/** NFT_REG_1 to NFT_REG_4 have four words each; NFT_REG32_00 (8) and later ones have one, of the same memory. */
const offsetOf = (register: number) => (register >= 8 ? (register - 8) * 4 : (register - 1) * 16)

/** The registers while a rule is evaluated. */
export class Registers {
  readonly #value = new Uint8Array(SIZE)
  readonly #known = new Uint8Array(SIZE)
  readonly #varies = new Uint8Array(SIZE)

  load(register: number, { value, known, varies }: Bits): void {
    const at = offsetOf(register)
    const length = Math.min(value.length, SIZE - at)
    this.#value.set(value.subarray(0, length), at)
    this.#known.set(known.subarray(0, length), at)
    this.#varies.fill(varies ? 1 : 0, at, at + length)
    // The kernel clears the rest of the last word.
    const end = Math.min(at + ((length + 3) & ~3), SIZE)
    this.#value.fill(0, at + length, end)
    this.#known.fill(0xff, at + length, end)
  }

  read(register: number, length: number): Bits {
    const at = offsetOf(register)
    const known = this.#known.slice(at, at + length)
    const varies = known.every((mask, i) => mask === 0xff || this.#varies[at + i] === 1)
    return { value: this.#value.slice(at, at + length), known, varies }
  }
}

/** Whether bits are equal to bytes; undefined when the unknown ones decide. */
export function equals({ value, known }: Bits, bytes: Uint8Array): boolean | undefined {
  let certain = true
  for (const [i, byte] of bytes.entries()) {
    const mask = known[i] ?? 0
    if ((((value[i] ?? 0) ^ byte) & mask) !== 0) return false
    if (mask !== 0xff) certain = false
  }
  return certain ? true : undefined
}

/** Compares as memcmp(3) does; undefined when not all bits are known. */
export function compare({ value, known }: Bits, bytes: Uint8Array): number | undefined {
  for (const [i, byte] of bytes.entries()) {
    if (known[i] !== 0xff) return undefined
    const difference = (value[i] ?? 0) - byte
    if (difference !== 0) return difference
  }
  return 0
}

/** `(bits & mask) ^ xor`: the bits that the mask clears are known. */
export function masked({ value, known, ...rest }: Bits, mask: Uint8Array, xor: Uint8Array | undefined): Bits {
  return {
    ...rest,
    value: value.map((byte, i) => (byte & (mask[i] ?? 0)) ^ (xor?.[i] ?? 0)),
    known: known.map((byte, i) => byte | (~(mask[i] ?? 0) & 0xff)),
  }
}

/** Each integer of a size with its bytes in the other order. */
export function reversed({ value, known, ...rest }: Bits, size: number): Bits {
  const swap = (bytes: Uint8Array) => bytes.map((_, i) => bytes[i - (i % size) + size - 1 - (i % size)] ?? 0)
  return { ...rest, value: swap(value), known: swap(known) }
}
