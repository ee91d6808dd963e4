/** Pseudo-random numbers from 0 to 1, reproducible by their seed (mulberry32, public domain). */
export function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Edge cases for lengths and types. */
const EDGE_CASES = [0, 1, 2, 3, 4, 5, 7, 8, 0x7f, 0x80, 0xff, 0x3fff, 0x4000, 0x7fff, 0x8000, 0xffff]

/**
 * A message made from others: bits flipped, lengths and types replaced by edge cases, pieces cut, repeated and mixed
 * in.
 */
export function mutate(corpus: readonly Uint8Array[], random: () => number): Uint8Array {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const place = (length: number) => Math.floor(random() * (length + 1))
  let bytes: Uint8Array = pick(corpus).slice()
  for (let changes = 1 + Math.floor(random() * 4); changes > 0; changes--) {
    const at = place(bytes.length - 1)
    switch (Math.floor(random() * 6)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
        break
      case 1: {
        const value = pick(EDGE_CASES)
        const even = at & ~1
        if (even + 1 < bytes.length) {
          bytes[even] = value & 0xff
          bytes[even + 1] = value >> 8
        }
        break
      }
      case 2:
        bytes = bytes.slice(0, at)
        break
      case 3:
        bytes = bytes.slice(at & ~3)
        break
      case 4: {
        const end = at + Math.floor(random() * 64)
        bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
        break
      }
      default: {
        const other = pick(corpus)
        const from = place(other.length) & ~3
        bytes = Buffer.concat([
          bytes.subarray(0, at & ~3),
          other.subarray(from, from + Math.floor(random() * 128)),
        ])
      }
    }
  }
  return bytes
}
