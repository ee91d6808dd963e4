import { align } from './align.js'

/**
 * A buffer that messages are written into. It starts in the caller's memory and moves to larger memory when that is
 * full; `bytes` and `view` change then, so neither may be held across a write.
 */
export class Writer {
  bytes: Uint8Array
  view: DataView
  /** Bytes written so far: the offset of the next one. */
  at = 0

  constructor(memory: Uint8Array | number = 4096) {
    this.bytes = typeof memory === 'number' ? new Uint8Array(memory) : memory
    this.view = viewOf(this.bytes)
  }

  /** Makes room for `length` bytes of undefined content and returns the offset where they begin. */
  reserve(length: number): number {
    const start = this.at
    const end = start + length
    if (end > this.bytes.length) this.#grow(end)
    this.at = end
    return start
  }

  /** Writes zeros up to the next multiple of four, where each netlink message and attribute begins. */
  align(): void {
    const end = align(this.at)
    if (this.at < end) this.zeros(end - this.at)
  }

  write(data: Uint8Array): void {
    const start = this.reserve(data.length)
    this.bytes.set(data, start)
  }

  zeros(length: number): void {
    const start = this.reserve(length)
    this.bytes.fill(0, start, this.at)
  }

  /** The bytes written so far: a view of the memory, valid until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.at)
  }

  #grow(least: number): void {
    const larger = new Uint8Array(Math.max(least, this.bytes.length * 2))
    larger.set(this.bytes.subarray(0, this.at))
    this.bytes = larger
    this.view = viewOf(larger)
  }
}

/** A DataView of exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Bytes up to which a loop is faster than a second view on the same memory. */
const LOOP_MAX = 64

/** A copy of `length` bytes of a view, which stays valid when the buffer is reused. */
export function copyOf(view: DataView, at: number, length: number): Uint8Array {
  const copy = new Uint8Array(length)
  if (length > LOOP_MAX) copy.set(new Uint8Array(view.buffer, view.byteOffset + at, length))
  else for (let i = 0; i < length; i++) copy[i] = view.getUint8(at + i)
  return copy
}
