import { inspect } from '../../../protocol/errors.js'
import { suggestion } from '../../../protocol/nearest.js'
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
  if (!Array.isArray(names)) throw new ArgumentError('names', names, "an array of names: ['link', 'route']")
  const watched = Object.values(objects).filter((one) => one.watched)
  return [...new Set(names)].map((name) => {
    const found = watched.find((one) => one.name === name)
    if (found) return found.description as unknown as WatchedDescription<AnyValue>
    const known = watched.map((one) => one.name)
    const message = `there is no object ${inspect(name)} to watch; ${suggestion(String(name), known)}`
    throw new ArgumentError('names', name, `one of ${known.join(', ')}`, message)
  })
}
