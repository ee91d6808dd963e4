/**
 * Messages in packed form, found by the keys of their objects: a million routes take some 70 bytes each, and are
 * decoded only when they are reported.
 *
 * | memory | |
 * |---|---|
 * | chunk | records one after the other; a record does not span chunks; the first chunks are small |
 * | record | five words of header, then the message's payload |
 * | bucket | the first record of a list, linked by NEXT, of those with one replace key's hash |
 * | free list | by size: removed records, linked by NEXT |
 *
 * A record is a number: the chunk in its upper bits, the word within the chunk in its lower ones.
 */
import type { MessageFields } from './fields.js'
import { Key, type KeyOf } from './key.js'

/* The words of a record's header. */
const NEXT = 0
const REPLACE_HASH = 1
const KEY_HASH = 2
/** Of the payload, bytes. */
const LENGTH = 3
/** Of the listing that had it last; FREE where the record is removed. */
const GENERATION = 4
const HEADER = 5

export const NONE = -1
const FREE = -1

const OFFSET_BITS = 18
const OFFSET_MASK = (1 << OFFSET_BITS) - 1
const FIRST_CHUNK_WORDS = 1 << 8
const CHUNK_WORDS = 1 << OFFSET_BITS

interface Chunk {
  readonly words: Int32Array
  readonly view: DataView
  used: number
}

export class MessageStore {
  readonly #keyOf: KeyOf
  readonly #chunks: Chunk[] = []
  readonly #free = new Map<number, number>()
  #buckets = new Int32Array(16).fill(NONE)
  #count = 0
  /** The message given to `find`, and its key. */
  readonly #given: MessageFields
  readonly #givenKey = new Key()
  readonly #stored: MessageFields
  readonly #storedKey = new Key()

  /** @param fields two readers for messages of this kind */
  constructor(keyOf: KeyOf, fields: readonly [MessageFields, MessageFields]) {
    this.#keyOf = keyOf
    this.#given = fields[0]
    this.#stored = fields[1]
  }

  get size(): number {
    return this.#count
  }

  /** The fields of the message that was given to `find`. */
  get given(): MessageFields {
    return this.#given
  }

  /** The record with the same key as a message, or NONE. The message is the one that `insert` and `put` store then. */
  find(view: DataView, at: number, length: number): number {
    const key = this.#givenKey
    this.#keyOf(this.#given.begin(view, at, length), key.clear())
    if (key.replaceLength === 0) key.endReplaceKey()
    let record = this.#buckets[key.replaceHash & (this.#buckets.length - 1)] as number
    while (record !== NONE) {
      const { words } = this.#chunk(record)
      const start = record & OFFSET_MASK
      if (words[start + KEY_HASH] === key.hash && this.#hasKey(record, key)) return record
      record = words[start + NEXT] as number
    }
    return NONE
  }

  /** The records with the replace key of the message that was given to `find`. */
  sharing(): number[] {
    const key = this.#givenKey
    const found: number[] = []
    let record = this.#buckets[key.replaceHash & (this.#buckets.length - 1)] as number
    while (record !== NONE) {
      const { words } = this.#chunk(record)
      const start = record & OFFSET_MASK
      if (words[start + REPLACE_HASH] === key.replaceHash && this.#hasReplaceKey(record, key))
        found.push(record)
      record = words[start + NEXT] as number
    }
    return found
  }

  /** Stores the message that was given to `find`. */
  insert(generation: number): number {
    const { view, at, length } = this.#given
    const key = this.#givenKey
    if (this.#count >= this.#buckets.length) this.#grow()
    const record = this.#allocate(wordsFor(length))
    const { words } = this.#chunk(record)
    const start = record & OFFSET_MASK
    words[start + REPLACE_HASH] = key.replaceHash
    words[start + KEY_HASH] = key.hash
    words[start + LENGTH] = length
    words[start + GENERATION] = generation
    copyWords(view, at, length, words, start + HEADER)
    this.#link(record)
    this.#count++
    return record
  }

  remove(record: number): void {
    const { words } = this.#chunk(record)
    const start = record & OFFSET_MASK
    this.#unlink(record)
    words[start + GENERATION] = FREE
    const size = wordsFor(words[start + LENGTH] as number)
    words[start + NEXT] = this.#free.get(size) ?? NONE
    this.#free.set(size, record)
    this.#count--
  }

  /** Whether a record has the payload of the message that was given to `find`. */
  isSame(record: number): boolean {
    const { view, at, length } = this.#given
    const { words } = this.#chunk(record)
    const start = record & OFFSET_MASK
    if (words[start + LENGTH] !== length) return false
    let i = 0
    let word = start + HEADER
    for (; i + 4 <= length; i += 4, word++) if (words[word] !== view.getInt32(at + i, true)) return false
    return i === length || words[word] === lastWord(view, at + i, length - i)
  }

  generation(record: number): number {
    return this.#chunk(record).words[(record & OFFSET_MASK) + GENERATION] as number
  }

  setGeneration(record: number, generation: number): void {
    this.#chunk(record).words[(record & OFFSET_MASK) + GENERATION] = generation
  }

  /** The first byte of a record's payload: the family. */
  family(record: number): number {
    return (this.#chunk(record).words[(record & OFFSET_MASK) + HEADER] as number) & 0xff
  }

  /** The fields of a record, until the next call of `find` or `fields`. */
  fields(record: number): MessageFields {
    const { words, view } = this.#chunk(record)
    const start = record & OFFSET_MASK
    return this.#stored.begin(view, (start + HEADER) * 4, words[start + LENGTH] as number)
  }

  decode<V>(record: number, read: (view: DataView, at: number, length: number) => V): V {
    const { words, view } = this.#chunk(record)
    const start = record & OFFSET_MASK
    return read(view, (start + HEADER) * 4, words[start + LENGTH] as number)
  }

  /** All records. Those that are added meanwhile may be among them. */
  *records(): Generator<number> {
    for (const [number, { words, used }] of this.#chunks.entries()) {
      for (let start = 0; start < used; start += wordsFor(words[start + LENGTH] as number)) {
        if (words[start + GENERATION] !== FREE) yield (number << OFFSET_BITS) | start
      }
    }
  }

  #hasKey(record: number, key: Key): boolean {
    const other = this.#storedKey
    this.#keyOf(this.fields(record), other.clear())
    return other.length === key.length && other.equals(key, key.length)
  }

  #hasReplaceKey(record: number, key: Key): boolean {
    const other = this.#storedKey
    this.#keyOf(this.fields(record), other.clear())
    if (other.replaceLength === 0) other.endReplaceKey()
    return other.replaceLength === key.replaceLength && other.equals(key, key.replaceLength)
  }

  #chunk(record: number): Chunk {
    return this.#chunks[record >>> OFFSET_BITS] as Chunk
  }

  #allocate(size: number): number {
    const free = this.#free.get(size)
    if (free !== undefined) {
      const next = this.#chunk(free).words[(free & OFFSET_MASK) + NEXT] as number
      if (next === NONE) this.#free.delete(size)
      else this.#free.set(size, next)
      return free
    }
    let chunk = this.#chunks.at(-1)
    if (chunk === undefined || chunk.used + size > chunk.words.length) {
      const capacity = Math.min(CHUNK_WORDS, FIRST_CHUNK_WORDS << Math.min(this.#chunks.length, 12))
      const words = new Int32Array(Math.max(capacity, size))
      chunk = { words, view: new DataView(words.buffer), used: 0 }
      this.#chunks.push(chunk)
    }
    const record = ((this.#chunks.length - 1) << OFFSET_BITS) | chunk.used
    chunk.used += size
    return record
  }

  #link(record: number): void {
    const { words } = this.#chunk(record)
    const start = record & OFFSET_MASK
    const bucket = (words[start + REPLACE_HASH] as number) & (this.#buckets.length - 1)
    words[start + NEXT] = this.#buckets[bucket] as number
    this.#buckets[bucket] = record
  }

  #unlink(record: number): void {
    const { words } = this.#chunk(record)
    const start = record & OFFSET_MASK
    const after = words[start + NEXT] as number
    const bucket = (words[start + REPLACE_HASH] as number) & (this.#buckets.length - 1)
    let one = this.#buckets[bucket] as number
    if (one === record) {
      this.#buckets[bucket] = after
      return
    }
    for (;;) {
      const { words: those } = this.#chunk(one)
      const next = those[(one & OFFSET_MASK) + NEXT] as number
      if (next === record) {
        those[(one & OFFSET_MASK) + NEXT] = after
        return
      }
      one = next
    }
  }

  #grow(): void {
    this.#buckets = new Int32Array(this.#buckets.length * 2).fill(NONE)
    for (const record of this.records()) this.#link(record)
  }
}

function wordsFor(length: number): number {
  return HEADER + ((length + 3) >> 2)
}

function copyWords(view: DataView, at: number, length: number, into: Int32Array, start: number): void {
  let i = 0
  let word = start
  for (; i + 4 <= length; i += 4, word++) into[word] = view.getInt32(at + i, true)
  if (i < length) into[word] = lastWord(view, at + i, length - i)
}

/** The bytes after the last whole word. */
function lastWord(view: DataView, at: number, length: number): number {
  let word = 0
  for (let i = 0; i < length; i++) word |= view.getUint8(at + i) << (8 * i)
  return word
}
