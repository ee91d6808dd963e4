import { pathBytes } from '../path.js'

/**
 * A path as C takes it, with a NUL at the end.
 * @throws {@link ArgumentError} when there is a NUL in it: C would take what is before
 */
export function cString(path: string, argument = 'path'): Uint8Array {
  const bytes = pathBytes(path, argument)
  const terminated = new Uint8Array(bytes.length + 1)
  terminated.set(bytes)
  return terminated
}
