/**
 * A copy of a value that its owner may change later: of plain objects and arrays, and what they contain. Anything else,
 * such as the handle of a namespace, is kept as it is.
 */
export function snapshot<T>(value: T): T {
  return copy(value, undefined) as T
}

/** @param parents the objects that contain this one: an object within itself is not copied */
function copy(value: unknown, parents: readonly object[] | undefined): unknown {
  if (typeof value !== 'object' || value === null || parents?.includes(value)) return value
  // Not `slice`: that of a Buffer shares its memory.
  if (value instanceof Uint8Array) return new Uint8Array(value)
  const within = parents === undefined ? [value] : [...parents, value]
  if (Array.isArray(value)) return value.map((one) => copy(one, within))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, copy(one, within)]))
}
