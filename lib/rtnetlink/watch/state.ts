import { messageFlag } from '../../../protocol/index.js'
import type { Read } from '../../connection/index.js'
import type { WatchDescription } from '../object/description.js'
import { type AnyValue, differenceOf } from './difference.js'
import { MessageFields } from './fields.js'
import { MessageStore, NONE } from './store.js'

export type { AnyValue } from './difference.js'

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

/** A notification or an element of a listing, as it was received. */
export interface Message {
  readonly flags: number
  readonly view: DataView
  readonly at: number
  readonly length: number
}

/** All families, where one is named. include/linux/socket.h: AF_UNSPEC */
export const ALL_FAMILIES = 0

/** What a message says about the state. */
export interface Outcome {
  readonly change: AnyChange | undefined
  /** It cannot explain all that may have happened: the objects must be listed again. */
  readonly stale: boolean
}

const NOTHING: Outcome = { change: undefined, stale: false }
const UNEXPLAINED: Outcome = { change: undefined, stale: true }

/**
 * All objects of a kind in one namespace, as reported so far. Its methods return what a notification or a listing
 * changes.
 */
export class WatchState {
  readonly #object: string
  readonly #description: WatchDescription<AnyValue>
  readonly #read: Read<AnyValue | undefined>
  readonly #nsid: { readonly nsid?: number }
  readonly #store: MessageStore
  /** Of the current or last listing. */
  #generation = 0

  constructor(
    object: string,
    read: Read<AnyValue | undefined>,
    description: WatchDescription<AnyValue>,
    nsid: number | undefined,
  ) {
    this.#object = object
    this.#read = read
    this.#description = description
    this.#nsid = nsid === undefined ? {} : { nsid }
    const { headerSize, key } = description
    this.#store = new MessageStore(key, [new MessageFields(headerSize), new MessageFields(headerSize)])
  }

  /** A notification that an object exists. */
  add({ flags, view, at, length }: Message): Outcome {
    const store = this.#store
    const { partial } = this.#description
    const found = store.find(view, at, length)
    if (partial?.(store.given, found === NONE ? undefined : store.fields(found))) return UNEXPLAINED
    if (found !== NONE) return { change: this.#update(found), stale: false }
    if ((flags & messageFlag.replace) !== 0) {
      const [first, ...others] = store.sharing()
      if (others.length > 0) {
        // The kernel's order decides which of them it replaced, and messages do not tell it.
        return { change: this.#insert(), stale: true }
      }
      if (first !== undefined) return { change: this.#update(first), stale: false }
    }
    return { change: this.#insert(), stale: false }
  }

  /**
   * A notification that an object does not exist any more.
   * @param listed whether a listing was read since it was sent, which explains that an object is missing already
   */
  remove({ view, at, length }: Message, listed: boolean): Outcome {
    const found = this.#store.find(view, at, length)
    if (found !== NONE) return { change: this.#remove(found), stale: false }
    // A part of an object that is known by another key, such as a next hop of several.
    return listed && this.#store.sharing().length === 0 ? NOTHING : UNEXPLAINED
  }

  /** A listing begins. */
  beginListing(): void {
    this.#generation++
  }

  /**
   * An element of a listing. Returns a change, or a record to pass to `added` when it is to be reported.
   * @param mayBeAnother whether the object with this key may have been replaced by another one unnoticed
   */
  see(view: DataView, at: number, length: number, mayBeAnother: boolean): AnyChange[] | number | undefined {
    const store = this.#store
    const record = store.find(view, at, length)
    if (record === NONE) return store.insert(this.#generation)
    // An interrupted listing may have an object twice.
    if (store.generation(record) === this.#generation) return undefined
    if (mayBeAnother && this.#isAnother(record)) {
      return [this.#remove(record), this.#insert()].filter((change) => change !== undefined)
    }
    const change = this.#update(record)
    return change === undefined ? undefined : [change]
  }

  /** A record that a listing added. */
  added(record: number): AnyChange | undefined {
    const value = this.#decode(record)
    return value === undefined ? undefined : this.#change('added', value)
  }

  /** The listing is complete: reports what it did not have. */
  *endListing(family: number): Generator<AnyChange, void, undefined> {
    const store = this.#store
    const gone: number[] = []
    for (const record of store.records()) {
      if (store.generation(record) === this.#generation) continue
      if (family === ALL_FAMILIES || store.family(record) === family) gone.push(record)
    }
    for (const record of gone) {
      const change = this.#remove(record)
      if (change) yield change
    }
  }

  /** The namespace has ended: reports all as removed. */
  *clear(): Generator<AnyChange, void, undefined> {
    for (const record of this.#store.records()) {
      const change = this.#remove(record)
      if (change) yield change
    }
  }

  #decode(record: number): AnyValue | undefined {
    return this.#store.decode(record, this.#read)
  }

  #insert(): AnyChange | undefined {
    return this.added(this.#store.insert(this.#generation))
  }

  #remove(record: number): AnyChange | undefined {
    const value = this.#decode(record)
    this.#store.remove(record)
    return value === undefined ? undefined : this.#change('removed', value)
  }

  /** Stores the message that was given to `find` in a record's place. */
  #update(record: number): AnyChange | undefined {
    const store = this.#store
    if (store.isSame(record)) {
      store.setGeneration(record, this.#generation)
      return undefined
    }
    const previous = this.#decode(record)
    store.remove(record)
    const value = this.#decode(store.insert(this.#generation))
    if (value === undefined) return previous === undefined ? undefined : this.#change('removed', previous)
    if (previous === undefined) return this.#change('added', value)
    const before = this.#volatile(previous)
    const paths = this.#volatile(value).filter((path) => before.includes(path))
    const difference = differenceOf(previous, value, paths)
    if (difference === undefined) return undefined
    return { type: 'changed', object: this.#object, value, previous, difference, ...this.#nsid }
  }

  #volatile(value: AnyValue): readonly string[] {
    const { volatile } = this.#description
    return typeof volatile === 'function' ? volatile(value) : volatile
  }

  #isAnother(record: number): boolean {
    const { isAnother } = this.#description
    if (isAnother === undefined || this.#store.isSame(record)) return false
    const { view, at, length } = this.#store.given
    const previous = this.#decode(record)
    const value = this.#read(view, at, length)
    return previous !== undefined && value !== undefined && isAnother(previous, value)
  }

  #change(type: 'added' | 'removed', value: AnyValue): AnyChange {
    return { type, object: this.#object, value, ...this.#nsid }
  }
}
