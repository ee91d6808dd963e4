import { suggestion } from '../protocol/nearest.js'
import { ArgumentError } from './errors.js'

/**
 * Refuses what is not an object, and keys that are not known: a misspelt filter would let everything through, a misspelt
 * setting would be dropped silently.
 * @throws {@link ArgumentError} naming the nearest key
 */
export function assertKnownKeys(given: object, known: readonly string[], argument: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ArgumentError(argument, given, `an object of ${known.join(', ')}`)
  }
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue
    const hint = suggestion(key, known)
    const message = `${argument} has no option ${JSON.stringify(key)}; ${hint}`
    throw new ArgumentError(`${argument}.${key}`, given[key as keyof typeof given], hint, message)
  }
}
