import { isDeepStrictEqual } from 'node:util'

export type AnyValue = Record<string, unknown>

/** The members that differ, with their values in `value`; undefined if there are none besides those at `volatile`. */
export function differenceOf(
  previous: AnyValue,
  value: AnyValue,
  volatile: readonly string[],
): AnyValue | undefined {
  const before = without(previous, volatile)
  const after = without(value, volatile)
  const difference: AnyValue = {}
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!isDeepStrictEqual(before[key], after[key])) difference[key] = value[key]
  }
  return Object.keys(difference).length === 0 ? undefined : difference
}

function without(value: AnyValue, paths: readonly string[]): AnyValue {
  const copy = { ...value }
  for (const path of paths) deletePath(copy, path.split('.'))
  return copy
}

/** Deletes the member at a path. The objects on the way are replaced by copies. */
function deletePath(value: AnyValue, path: readonly string[]): void {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    delete value[key]
    return
  }
  const inner = value[key]
  if (typeof inner !== 'object' || inner === null) return
  const copy = { ...inner } as AnyValue
  value[key] = copy
  deletePath(copy, rest)
}
