import { ArgumentError } from '../errors.js'

/**
 * Refuses what is no object, and words that mean nothing: a misspelt filter would otherwise let everything through, a
 * misspelt setting be silently left out.
 * @throws ArgumentError
 */
export function checkWords(given: object, known: readonly string[], argument: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ArgumentError(argument, given, `an object of ${known.join(', ')}`)
  }
  for (const word of Object.keys(given)) {
    if (!known.includes(word))
      throw new ArgumentError(argument, word, `a word known here: ${known.join(', ')}`)
  }
}
