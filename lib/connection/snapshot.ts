/**
 * A copy of a value that its owner may change later: of objects and arrays, and what they contain. What is disposable,
 * such as the handle of a namespace, is kept as it is.
 */
export function snapshot<T>(value: T): T {
  return copy(value, undefined) as T
}

const tagOf = (value: object): string => Object.prototype.toString.call(value)

/** @param parents the objects that contain this one: an object within itself is not copied */
function copy(value: unknown, parents: readonly object[] | undefined): unknown {
  if (typeof value !== 'object' || value === null || Symbol.dispose in value || parents?.includes(value)) {
    return value
  }
  // A copy of a Date, a Map and the like would lack what makes it one.
  if (!Array.isArray(value) && !(value instanceof Uint8Array) && tagOf(value) !== '[object Object]')
    return value
  // Not `slice`: that of a Buffer shares its memory.
  if (value instanceof Uint8Array) return new Uint8Array(value)
  const within = parents === undefined ? [value] : [...parents, value]
  if (Array.isArray(value)) return value.map((one) => copy(one, within))
  // Of any class: its methods and accessors work on the copy.
  const own = Object.create(Object.getPrototypeOf(value)) as Record<string, unknown>
  for (const [key, one] of Object.entries(value)) own[key] = copy(one, within)
  return own
}
