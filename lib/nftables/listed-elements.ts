import type { NftSetElement } from '../../protocol/index.js'
import { compareBytes, decrement } from './values.js'

/** An element of a set with its last value. */
export interface ListedElement {
  readonly from: Uint8Array
  /** Equal to `from`, unless it is an interval. */
  readonly to: Uint8Array
  readonly element: NftSetElement
}

const keyOf = (element: NftSetElement) => element.key?.value ?? new Uint8Array()
const isEnd = (element: NftSetElement) => element.flags?.includes('intervalEnd') ?? false

/**
 * Sorts elements by their keys, and combines the beginnings of intervals with the end markers that follow them.
 * @param options.littleEndian whether keys are compared as little-endian integers
 */
export function listedElements(
  elements: readonly NftSetElement[],
  { littleEndian }: { readonly littleEndian: boolean },
): ListedElement[] {
  const compare = (a: Uint8Array, b: Uint8Array) =>
    littleEndian ? compareBytes(a.toReversed(), b.toReversed()) : compareBytes(a, b)
  // Where one interval ends and another begins at the same value, the end marker comes first.
  const sorted = elements.toSorted(
    (a, b) => compare(keyOf(a), keyOf(b)) || Number(isEnd(b)) - Number(isEnd(a)),
  )
  return sorted.some(isEnd) ? intervals(sorted) : sorted.map(singleElement)
}

function singleElement(element: NftSetElement): ListedElement {
  const from = keyOf(element)
  return { from, to: element.keyEnd?.value ?? from, element }
}

function intervals(sorted: readonly NftSetElement[]): ListedElement[] {
  const listed: ListedElement[] = []
  let begun: ListedElement | undefined
  const endAt = (to: Uint8Array) => {
    if (begun) listed.push({ ...begun, to })
    begun = undefined
  }
  for (const element of sorted) {
    const key = keyOf(element)
    if (isEnd(element)) endAt(decrement(key) ?? key)
    else {
      endAt(key)
      begun = singleElement(element)
    }
  }
  // An interval that reaches the last value has no end marker.
  if (begun) listed.push({ ...begun, to: new Uint8Array(begun.from.length).fill(0xff) })
  return listed
}
