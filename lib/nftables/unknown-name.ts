import { inspect } from '../../protocol/errors.js'
import { suggestion } from '../../protocol/nearest.js'
import { ArgumentError } from '../errors.js'

interface UnknownNameDetails {
  /** Where these names are known: `in a table of family inet`. */
  readonly where?: string
  /** What is accepted besides the names: `a whole number`. */
  readonly otherwise?: string
}

/** The error for a value that is not one of the known names; its text offers the nearest one. */
export function unknownName(
  argument: string,
  value: unknown,
  known: readonly string[],
  { where, otherwise }: UnknownNameDetails = {},
): ArgumentError {
  const context = where === undefined ? '' : ` ${where}`
  const alternative = otherwise === undefined ? '' : `, or ${otherwise}`
  const expected = `one of ${known.join(', ')}${alternative}${context}`
  if (typeof value !== 'string') return new ArgumentError(argument, value, expected)
  const hint = suggestion(value, known)
  const message = `${argument} cannot be ${inspect(value)}${context}; ${hint}${alternative}`
  return new ArgumentError(argument, value, expected, message)
}
