import type { NfFamily } from '../../protocol/index.js'
import type { SetShape } from './set-shape.js'
import type { NftSetRef } from './spec.js'
import type { Interval } from './values.js'

const keyOf = (family: NfFamily, table: string, set: string) => `${family}\0${table}\0${set}`

/** The shapes of sets, by family, table and name. */
export class SetShapes {
  readonly #shapes: Map<string, SetShape>
  /** The intervals of sets that are merged. */
  readonly #intervals: Map<string, readonly Interval[]>
  readonly #refusals = new Map<string, unknown>()
  /** What was deleted: the keys of sets, and the beginnings of those of tables and families. */
  readonly #deleted: string[]

  constructor(from?: SetShapes) {
    this.#deleted = from === undefined ? [] : [...from.#deleted]
    this.#shapes = new Map(from === undefined ? [] : from.#shapes)
    this.#intervals = new Map(from === undefined ? [] : from.#intervals)
  }

  get({ family, table, set }: NftSetRef): SetShape | undefined {
    return this.#shapes.get(keyOf(family, table, set))
  }

  set({ family, table, set }: NftSetRef, shape: SetShape): void {
    this.#shapes.set(keyOf(family, table, set), shape)
  }

  intervals({ family, table, set }: NftSetRef): readonly Interval[] | undefined {
    return this.#intervals.get(keyOf(family, table, set))
  }

  setIntervals({ family, table, set }: NftSetRef, intervals: readonly Interval[]): void {
    this.#intervals.set(keyOf(family, table, set), intervals)
  }

  /** Why the shape of a set could not be read. */
  refusal({ family, table, set }: NftSetRef): unknown {
    return this.#refusals.get(keyOf(family, table, set))
  }

  refuse({ family, table, set }: NftSetRef, error: unknown): void {
    this.#refusals.set(keyOf(family, table, set), error)
  }

  /** Whether a set was deleted, if it existed, and not added again. */
  isDeleted(ref: NftSetRef): boolean {
    const key = keyOf(ref.family, ref.table, ref.set)
    const isWithin = (start: string) =>
      start === '' || start.endsWith('\0') ? key.startsWith(start) : key === start
    return this.get(ref) === undefined && this.#deleted.some(isWithin)
  }

  /** Forgets a set, all of a table, all of a family, or all. */
  delete(family: NfFamily | 'unspec', table?: string, set?: string): void {
    const prefix = [...(family === 'unspec' ? [] : [family]), table, set].filter((part) => part !== undefined)
    const isExact = set !== undefined
    const start = isExact ? prefix.join('\0') : prefix.map((part) => `${part}\0`).join('')
    this.#deleted.push(start)
    for (const key of [...this.#shapes.keys()]) {
      if (isExact ? key === start : key.startsWith(start)) this.#shapes.delete(key)
    }
  }
}

/** What a change asks for while its requests are built: the shapes of the sets that it refers to. */
export class SetLookup {
  /** The sets whose shapes have to be read from the kernel before the requests can be built. */
  readonly missing: NftSetRef[] = []
  /** The sets that were emptied, of those that the transaction has not added. */
  readonly flushed: NftSetRef[] = []
  /** Of the sets that the transaction has added so far. */
  readonly added: SetShapes
  /** Those that were read; undefined before. */
  readonly #found: SetShapes | undefined

  constructor(added: SetShapes, found?: SetShapes) {
    this.added = added
    this.#found = found
  }

  /** The shape of a set; undefined if it is to be read first, or does not exist. */
  shape(ref: NftSetRef): SetShape | undefined {
    const known = this.added.get(ref) ?? this.#found?.get(ref)
    if (known === undefined && this.#found === undefined) this.missing.push(ref)
    return known
  }

  /**
   * The same, for a change that cannot be made without it.
   * @throws the kernel's refusal, if the set could not be read
   */
  requiredShape(ref: NftSetRef): SetShape | undefined {
    const shape = this.shape(ref)
    if (shape === undefined && this.#found !== undefined) throw this.#found.refusal(ref)
    return shape
  }

  /** The shape of a set to add, if it exists already; undefined if it is to be read first, or does not. */
  existing(ref: NftSetRef): SetShape | undefined {
    return this.added.isDeleted(ref) ? undefined : this.shape(ref)
  }

  /** Records that a set is added which merges intervals, for the changes after it. */
  add(ref: NftSetRef, shape: SetShape, intervals: readonly Interval[]): void {
    for (const sets of [this.added, this.#found]) {
      sets?.set(ref, shape)
      sets?.setIntervals(ref, intervals)
    }
  }

  /** The intervals of a set that merges them, in network byte order. */
  intervals(ref: NftSetRef): readonly Interval[] {
    return this.added.intervals(ref) ?? this.#found?.intervals(ref) ?? []
  }

  /** Records that a set is emptied. */
  flush(ref: NftSetRef): void {
    if (this.added.get(ref) === undefined) this.flushed.push(ref)
    else this.added.setIntervals(ref, [])
  }

  /** Records what a change makes of them, for the changes after it. */
  setIntervals(ref: NftSetRef, intervals: readonly Interval[]): void {
    const owner = this.added.get(ref) === undefined ? this.#found : this.added
    owner?.setIntervals(ref, intervals)
  }
}
