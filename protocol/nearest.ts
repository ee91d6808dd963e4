import { closestMatch } from 'leven'

/** The known key that a misspelt one most likely meant: other case, swapped letters, or up to a third of them wrong. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  const letters = lettersOf(key)
  const rearranged = known.find((one) => lettersOf(one) === letters)
  return rearranged ?? closestMatch(key, known, { maxDistance: Math.max(1, Math.floor(key.length / 3)) })
}

const lettersOf = (key: string) => [...key.toLowerCase()].sort().join('')

/** The end of an error message about an unknown key: `did you mean "name"? Known: address, index, name`. */
export function suggestion(key: string, known: readonly string[]): string {
  const best = nearest(key, known)
  const list = known.join(', ')
  return best === undefined ? `known: ${list}` : `did you mean ${JSON.stringify(best)}? Known: ${list}`
}
