import type { ObjectDefinition } from '../object/define.js'
import type * as objects from '../objects.js'
import type { Overrun, Synced } from './watch.js'

type Objects = typeof objects
type NameOf<D> = D extends ObjectDefinition<infer Name, infer _V, infer _Api, true> ? Name : never
type ValueOf<D> = D extends ObjectDefinition<string, infer V, infer _Api, true> ? V : never

/** The kinds of objects that can be watched, by name, and what they are listed as. */
export type Watchable = { [K in keyof Objects as NameOf<Objects[K]>]: ValueOf<Objects[K]> }
export type ObjectName = keyof Watchable

/** An object exists now: it was created, or existed when the watch began. */
export interface Added<K extends ObjectName> {
  readonly type: 'added'
  readonly object: K
  readonly value: Watchable[K]
  /** The id of the object's namespace, where that is not the connection's. */
  readonly nsid?: number
}

/** An object changed. */
export interface Changed<K extends ObjectName> {
  readonly type: 'changed'
  readonly object: K
  readonly value: Watchable[K]
  readonly previous: Watchable[K]
  /** The members that differ, with their new values; undefined for those that are gone. */
  readonly difference: Partial<Watchable[K]>
  readonly nsid?: number
}

/** An object does not exist any more. */
export interface Removed<K extends ObjectName> {
  readonly type: 'removed'
  readonly object: K
  readonly value: Watchable[K]
  readonly nsid?: number
}

/** What happened to an object. */
export type Change<K extends ObjectName = ObjectName> = {
  [N in K]: Added<N> | Changed<N> | Removed<N>
}[K]

export type WatchEvent<K extends ObjectName = ObjectName> = Change<K> | Synced | Overrun
