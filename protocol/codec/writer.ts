/**
 * A buffer that messages are written into. It starts in memory of the caller's and moves to larger memory
 * when it must; `bytes` and `view` change then, so neither may be held across a write.
 */
export class Writer {
  bytes: Uint8Array
  view: DataView
  /** How much is written: the next byte goes here. */
  at = 0

  constructor(memory: Uint8Array | number = 4096) {
    this.bytes = typeof memory === 'number' ? new Uint8Array(memory) : memory
    this.view = viewOf(this.bytes)
  }

  /** Makes room for `length` bytes, of unknown content, and gives the offset where they begin. */
  reserve(length: number): number {
    const start = this.at
    const end = start + length
    if (end > this.bytes.length) this.#grow(end)
    this.at = end
    return start
  }

  /** Fills with zeros up to the next multiple of four, where each netlink header and attribute begins. */
  align(): void {
    const padding = -this.at & 3
    if (padding === 0) return
    const start = this.reserve(padding)
    this.bytes.fill(0, start, this.at)
  }

  write(data: Uint8Array): void {
    const start = this.reserve(data.length)
    this.bytes.set(data, start)
  }

  zeros(length: number): void {
    const start = this.reserve(length)
    this.bytes.fill(0, start, this.at)
  }

  /** The bytes written so far: a window on the memory, good until the next write. */
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

/** A DataView of just these bytes, wherever their buffer begins. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The bytes under a window of a view, copied: what the caller keeps when the buffer is used again. */
export function copyOf(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length).slice()
}
