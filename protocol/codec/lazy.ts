/** Makes a value at its first use and keeps it. Importing the tables builds no maps, layouts or functions. */
export function lazy<T extends object>(make: () => T): () => T {
  let value: T | undefined
  return () => {
    value ??= make()
    return value
  }
}
