import type { MessageFields } from './fields.js'

const ABSENT = -1

/**
 * What identifies an object, in 32-bit words. The first of them can be the replace key: what the object has in common
 * with those whose place it can take (NLM_F_REPLACE).
 */
export class Key {
  words = new Int32Array(64)
  length = 0
  hash = 0
  /** How many of the words are the replace key. */
  replaceLength = 0
  replaceHash = 0

  clear(): this {
    this.length = 0
    this.hash = 0x2545f491
    this.replaceLength = 0
    this.replaceHash = 0
    return this
  }

  /** What has been added so far is the replace key. */
  endReplaceKey(): void {
    this.replaceLength = this.length
    this.replaceHash = this.hash
  }

  add(word: number): void {
    if (this.length === this.words.length) {
      const words = new Int32Array(this.words.length * 2)
      words.set(this.words)
      this.words = words
    }
    this.words[this.length++] = word
    const mixed = Math.imul(this.hash ^ word, 0x9e3779b1)
    this.hash = mixed ^ (mixed >>> 15)
  }

  /** Adds bytes, and their number. */
  addBytes(view: DataView, at: number, length: number): void {
    this.add(length)
    let i = 0
    for (; i + 4 <= length; i += 4) this.add(view.getInt32(at + i, true))
    if (i === length) return
    let last = 0
    for (let shift = 0; i < length; i++, shift += 8) last |= view.getUint8(at + i) << shift
    this.add(last)
  }

  /** Adds an attribute's payload, or that the message does not have it. */
  addAttribute(message: MessageFields, type: number): void {
    if (message.has(type)) this.addBytes(message.view, message.offsetOf(type), message.lengthOf(type))
    else this.add(ABSENT)
  }

  /** Whether the first `count` words are equal. */
  equals(other: Key, count: number): boolean {
    for (let i = 0; i < count; i++) if (this.words[i] !== other.words[i]) return false
    return true
  }
}

/** Adds what identifies a message's object to a key. */
export type KeyOf = (message: MessageFields, key: Key) => void
