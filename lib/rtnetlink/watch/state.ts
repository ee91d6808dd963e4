import { isDeepStrictEqual } from 'node:util'
import type { Watchable, WatchTable } from './tables.js'

type Sort = keyof Watchable

/** It is there now, and was not before; or it was there when the watch began. */
export interface Added<K extends Sort> {
  readonly type: 'added'
  readonly object: K
  readonly value: Watchable[K]
  /** The id of its namespace, where that is not the one of the connection. */
  readonly nsid?: number
}

/** It is another now. */
export interface Changed<K extends Sort> {
  readonly type: 'changed'
  readonly object: K
  readonly value: Watchable[K]
  readonly previous: Watchable[K]
  /** The members that differ, as they are now; undefined where they are no more. */
  readonly difference: Partial<Watchable[K]>
  readonly nsid?: number
}

/** It was there, and is no more. */
export interface Removed<K extends Sort> {
  readonly type: 'removed'
  readonly object: K
  readonly value: Watchable[K]
  readonly nsid?: number
}

export type Change<K extends Sort = Sort> = { [S in K]: Added<S> | Changed<S> | Removed<S> }[K]

/** All objects of one sort in one namespace, as far as the kernel has told; says what each message changes. */
export class WatchState<K extends Sort> {
  readonly #object: K
  readonly #table: WatchTable<Watchable[K]>
  readonly #nsid: { readonly nsid?: number }
  /** By what a replacement shares with what it replaces: mostly one each. */
  #slots = new Map<string, Watchable[K][]>()

  constructor(object: K, table: WatchTable<Watchable[K]>, nsid: number | undefined) {
    this.#object = object
    this.#table = table
    this.#nsid = nsid === undefined ? {} : { nsid }
  }

  /** @param replaces whether it takes the place of what is in its slot, and is not one more there */
  add(value: Watchable[K], replaces: boolean): Change<K> | undefined {
    const slot = this.#table.slot(value)
    const there = this.#slots.get(slot)
    if (there === undefined) {
      this.#slots.set(slot, [value])
      return this.#added(value)
    }
    const identity = this.#table.identity(value)
    const same = there.findIndex((one) => this.#table.identity(one) === identity)
    const place = same < 0 && replaces ? 0 : same
    if (place < 0) {
      there.push(value)
      return this.#added(value)
    }
    const previous = there[place] as Watchable[K]
    there[place] = value
    return this.#changed(previous, value)
  }

  remove(value: Watchable[K]): Change<K> | undefined {
    const slot = this.#table.slot(value)
    const there = this.#slots.get(slot)
    const identity = this.#table.identity(value)
    const place = there?.findIndex((one) => this.#table.identity(one) === identity) ?? -1
    if (there === undefined || place < 0) return undefined
    const [gone] = there.splice(place, 1)
    if (there.length === 0) this.#slots.delete(slot)
    return { type: 'removed', object: this.#object, value: gone as Watchable[K], ...this.#nsid } as Change<K>
  }

  /** What has to be told for this to become that listing; `about` limits it to some of the objects. */
  *become(
    listing: readonly Watchable[K][],
    about: (value: Watchable[K]) => boolean = () => true,
  ): Generator<Change<K>> {
    const present = new Set(listing.map(this.#table.identity))
    const before = [...this.#slots.values()].flat().filter(about)
    for (const value of before) {
      if (present.has(this.#table.identity(value))) continue
      const change = this.remove(value)
      if (change) yield change
    }
    for (const value of listing) {
      const change = this.add(value, false)
      if (change) yield change
    }
  }

  #added(value: Watchable[K]): Change<K> {
    return { type: 'added', object: this.#object, value, ...this.#nsid } as Change<K>
  }

  #changed(previous: Watchable[K], value: Watchable[K]): Change<K> | undefined {
    const before = this.#calm(previous)
    const after = this.#calm(value)
    const difference: Record<string, unknown> = {}
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (!isDeepStrictEqual(before[key], after[key])) difference[key] = value[key as keyof Watchable[K]]
    }
    if (Object.keys(difference).length === 0) return undefined
    return { type: 'changed', object: this.#object, value, previous, difference, ...this.#nsid } as Change<K>
  }

  /** The value without what changes all the time. */
  #calm(value: Watchable[K]): Record<string, unknown> {
    const calm: Record<string, unknown> = { ...value }
    for (const path of this.#table.restless) {
      const keys = path.split('.')
      const last = keys.pop() as string
      let owner: Record<string, unknown> | undefined = calm
      for (const key of keys) {
        const inner: unknown = owner[key]
        if (typeof inner !== 'object' || inner === null) {
          owner = undefined
          break
        }
        const copy = { ...inner } as Record<string, unknown>
        owner[key] = copy
        owner = copy
      }
      if (owner) delete owner[last]
    }
    return calm
  }
}
