import { closestMatch } from 'leven'

/** The known key that a misspelt one most likely meant: at most a third of its letters differ. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const caseless = known.find((one) => one.toLowerCase() === key.toLowerCase())
  return caseless ?? closestMatch(key, known, { maxDistance: Math.max(1, Math.floor(key.length / 2)) })
}

/** The end of an error message about an unknown key: `did you mean "name"? Known here: address, index, name`. */
export function suggestion(key: string, known: readonly string[]): string {
  const best = nearest(key, known)
  const list = `known here: ${known.join(', ')}`
  return best === undefined ? list : `did you mean ${JSON.stringify(best)}? ${list}`
}
