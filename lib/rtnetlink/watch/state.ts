import { isDeepStrictEqual } from 'node:util'
import type { WatchDescription } from '../object/description.js'

export type AnyValue = Record<string, unknown>

/** What happened to an object; `watch/events.ts` has the public types. */
export type AnyChange =
  | { type: 'added' | 'removed'; object: string; value: AnyValue; nsid?: number }
  | {
      type: 'changed'
      object: string
      value: AnyValue
      previous: AnyValue
      difference: AnyValue
      nsid?: number
    }

/** All objects of a kind in one namespace, as reported so far. Its methods return what a message or listing changed. */
export class WatchState {
  readonly #object: string
  readonly #description: WatchDescription<AnyValue>
  readonly #nsid: { readonly nsid?: number }
  /** By replace key; most keys have a single object. */
  readonly #objects = new Map<string, AnyValue[]>()

  constructor(object: string, description: WatchDescription<AnyValue>, nsid: number | undefined) {
    this.#object = object
    this.#description = description
    this.#nsid = nsid === undefined ? {} : { nsid }
  }

  /** @param replaces whether it takes the place of the first object with its replace key (NLM_F_REPLACE) */
  add(value: AnyValue, replaces: boolean): AnyChange | undefined {
    const replaceKey = this.#replaceKey(value)
    const present = this.#objects.get(replaceKey)
    if (present === undefined) {
      this.#objects.set(replaceKey, [value])
      return this.#change('added', value)
    }
    const same = this.#indexOf(value, present)
    const index = same < 0 && replaces ? 0 : same
    if (index < 0) {
      present.push(value)
      return this.#change('added', value)
    }
    const previous = present[index] as AnyValue
    present[index] = value
    return this.#changed(previous, value)
  }

  remove(value: AnyValue): AnyChange | undefined {
    const replaceKey = this.#replaceKey(value)
    const present = this.#objects.get(replaceKey) ?? []
    const index = this.#indexOf(value, present)
    const [removed] = index < 0 ? [] : present.splice(index, 1)
    if (removed === undefined) return undefined
    if (present.length === 0) this.#objects.delete(replaceKey)
    return this.#change('removed', removed)
  }

  /**
   * The changes that lead from what was reported to a listing.
   * @param matches limits the comparison to some of the objects
   */
  *reconcile(
    listing: readonly AnyValue[],
    matches: (value: AnyValue) => boolean = () => true,
  ): Generator<AnyChange> {
    const listed = new Set(listing.map(this.#description.key))
    for (const value of [...this.#objects.values()].flat().filter(matches)) {
      if (listed.has(this.#description.key(value))) continue
      const change = this.remove(value)
      if (change) yield change
    }
    for (const value of listing) {
      const change = this.add(value, false)
      if (change) yield change
    }
  }

  #replaceKey(value: AnyValue): string {
    return (this.#description.replaceKey ?? this.#description.key)(value)
  }

  #indexOf(value: AnyValue, among: readonly AnyValue[]): number {
    const key = this.#description.key(value)
    return among.findIndex((one) => this.#description.key(one) === key)
  }

  #change(type: 'added' | 'removed', value: AnyValue): AnyChange {
    return { type, object: this.#object, value, ...this.#nsid }
  }

  #changed(previous: AnyValue, value: AnyValue): AnyChange | undefined {
    const before = this.#withoutVolatile(previous)
    const after = this.#withoutVolatile(value)
    const difference: AnyValue = {}
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (!isDeepStrictEqual(before[key], after[key])) difference[key] = value[key]
    }
    if (Object.keys(difference).length === 0) return undefined
    return { type: 'changed', object: this.#object, value, previous, difference, ...this.#nsid }
  }

  #withoutVolatile(value: AnyValue): AnyValue {
    const { volatile } = this.#description
    const copy = { ...value }
    for (const path of typeof volatile === 'function' ? volatile(value) : volatile) {
      deletePath(copy, path.split('.'))
    }
    return copy
  }
}

/** Deletes the member at a path. The objects on the way are replaced by copies. */
function deletePath(value: AnyValue, path: readonly string[]): void {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    delete value[key]
    return
  }
  const inner = value[key]
  if (typeof inner !== 'object' || inner === null) return
  const copy = { ...inner } as AnyValue
  value[key] = copy
  deletePath(copy, rest)
}
