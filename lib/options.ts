import { suggestion } from '../protocol/nearest.js'
import { isLinkName, LINK_NAME } from '../protocol/rtnetlink/shared/link-name.js'
import { ArgumentError } from './errors.js'

/**
 * Refuses values that are not objects, unknown keys (a misspelt filter would match everything, and a misspelt setting
 * would be ignored), and a `signal` that is not one.
 * @throws {@link ArgumentError} when a key is not in `known` (the text names the nearest one), or `signal` is not an
 * `AbortSignal`
 */
export function assertKnownKeys(given: object, known: readonly string[], argument: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ArgumentError(argument, given, `an object with the options ${known.join(', ')}`)
  }
  for (const key of Object.keys(given)) {
    if (known.includes(key)) {
      if (key === 'signal') assertSignal((given as { signal: unknown }).signal, `${argument}.signal`)
      continue
    }
    const hint = suggestion(key, known)
    const message = `${argument} has no option ${JSON.stringify(key)}; ${hint}`
    throw new ArgumentError(`${argument}.${key}`, given[key as keyof typeof given], hint, message)
  }
}

function assertSignal(signal: unknown, argument: string): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new ArgumentError(argument, signal, 'an AbortSignal')
  }
}

/** @throws {@link ArgumentError} when the value is not a function */
export function assertFunction(value: unknown, argument: string): void {
  if (typeof value !== 'function') throw new ArgumentError(argument, value, 'a function')
}

/**
 * @param unit what the number counts, in the plural: `milliseconds`
 * @throws {@link ArgumentError} when the value is not an integer from `min` to `max`
 */
export function assertInteger(
  argument: string,
  value: number,
  min: number,
  max: number,
  unit?: string,
): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  const range = `an integer from ${min} to ${max}`
  throw new ArgumentError(argument, value, unit === undefined ? range : `${range} ${unit}`)
}

/** @throws {@link ArgumentError} when no link can have this name */
export function assertLinkName(argument: string, value: string): void {
  if (!isLinkName(value)) throw new ArgumentError(argument, value, LINK_NAME)
}

/** @throws {@link ArgumentError} when the value is given and is no boolean: `1` or `'off'` is no answer */
export function assertBoolean(argument: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return
  throw new ArgumentError(argument, value, 'true or false')
}
