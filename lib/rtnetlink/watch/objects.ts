import { ArgumentError } from '../../errors.js'
import type { Description, WatchDescription } from '../object/description.js'
import * as objects from '../objects.js'
import type { AnyValue } from './state.js'

/** The description of a kind of object that can be watched. */
export type WatchedDescription<V> = Description<V, never, never, never, never> & {
  readonly watch: WatchDescription<V>
}

/** @throws {@link ArgumentError} when there is no such kind of object, or it cannot be watched */
export function watchedDescriptions(names: readonly string[]): WatchedDescription<AnyValue>[] {
  const watched = Object.values(objects).filter((one) => one.watched)
  return names.map((name) => {
    const found = watched.find((one) => one.name === name)
    if (found) return found.description as unknown as WatchedDescription<AnyValue>
    throw new ArgumentError('names', name, `one of ${watched.map((one) => one.name).join(', ')}`)
  })
}
