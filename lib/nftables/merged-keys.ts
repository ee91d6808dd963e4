import type { Datatype } from './datatype.js'
import type { ParsedElement } from './elements.js'
import { compareBytes, increment, toNetworkOrder } from './values.js'

/** The keys of a set of one type, sorted; those that overlap or touch as one. */
export function mergedKeys(type: Datatype, elements: readonly ParsedElement[]): ParsedElement[] {
  const inOrder = elements
    .map((element) => ({
      element,
      from: toNetworkOrder(type, element.from),
      to: toNetworkOrder(type, element.to),
    }))
    .sort((a, b) => compareBytes(a.from, b.from))
  const onlyValues = elements.every(({ from, to }) => compareBytes(from, to) === 0)
  const merged: { element: ParsedElement; from: Uint8Array; to: Uint8Array }[] = []
  for (const one of inOrder) {
    const last = merged.at(-1)
    // Values that merely touch stay values where there is no interval.
    const end = last && (onlyValues ? last.to : (increment(last.to) ?? last.to))
    if (last === undefined || end === undefined || compareBytes(one.from, end) > 0) merged.push(one)
    else if (compareBytes(one.to, last.to) > 0) last.to = one.to
  }
  return merged.map(({ element, from, to }) => ({
    ...element,
    from: toNetworkOrder(type, from),
    to: toNetworkOrder(type, to),
  }))
}
