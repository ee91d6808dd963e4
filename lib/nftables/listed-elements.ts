import type { NftSetElement, NftSetMessage } from '../../protocol/index.js'
import type { Datatype } from './datatype.js'
import { isHostOrder, padded } from './datatypes.js'
import { compareBytes, decrement } from './values.js'

/** An element of a set with its first and last value; a catch-all element has neither. */
export interface ListedElement {
  /** In the byte order of its type. */
  readonly from: Uint8Array
  /** Equal to `from`, unless it is an interval; concatenated keys have an interval for each field. */
  readonly to: Uint8Array
  readonly element: NftSetElement
}

/** What decides how a set keeps its elements. */
export interface ListedSetElements extends Pick<NftSetMessage, 'flags'> {
  readonly elements: readonly NftSetElement[]
}

const NONE = new Uint8Array()
const keyOf = (element: NftSetElement) => element.key?.value ?? NONE
const isEnd = (element: NftSetElement) => element.flags?.includes('intervalEnd') ?? false
const isCatchall = (element: NftSetElement) => element.flags?.includes('catchall') ?? false

/**
 * The elements of a set in the order in which nft(8) lists them, a catch-all element last.
 *
 * A set of intervals holds the first value of each and an end marker after its last value; an interval ends before the
 * next one at the latest, and one that reaches the last value has no marker. All its keys are in network byte order,
 * since the kernel sorts them as bytes.
 * @param types of the fields of its keys
 */
export function listedElements(set: ListedSetElements, types: readonly Datatype[]): ListedElement[] {
  const { flags = [], elements } = set
  const isInterval = flags.includes('interval')
  const [only] = types
  const littleEndian = !isInterval && (types.length > 1 || (only !== undefined && isHostOrder(only)))
  const compare = (a: Uint8Array, b: Uint8Array) =>
    littleEndian ? compareBytes(a.toReversed(), b.toReversed()) : compareBytes(a, b)
  // Where one interval ends and another begins at the same value, the end marker comes first.
  const keyed = elements.filter((element) => !isCatchall(element))
  // nft(8) leaves concatenated intervals in the kernel's order.
  const isConcatenatedInterval = isInterval && types.length > 1
  const sorted = isConcatenatedInterval
    ? keyed
    : keyed.sort((a, b) => compare(keyOf(a), keyOf(b)) || Number(isEnd(b)) - Number(isEnd(a)))
  const listed = isInterval && !isConcatenatedInterval ? intervals(sorted) : sorted.map(singleElement)
  const own = isInterval ? listed.map((one) => inOwnOrder(one, types)) : listed
  return [...own, ...elements.filter(isCatchall).map((element) => ({ from: NONE, to: NONE, element }))]
}

function singleElement(element: NftSetElement): ListedElement {
  const from = keyOf(element)
  return { from, to: element.keyEnd?.value ?? from, element }
}

function intervals(sorted: readonly NftSetElement[]): ListedElement[] {
  const listed: ListedElement[] = []
  let begun: NftSetElement | undefined
  const endBefore = (key: Uint8Array | undefined) => {
    if (begun === undefined) return
    const from = keyOf(begun)
    const to = key === undefined ? new Uint8Array(from.length).fill(0xff) : (decrement(key) ?? key)
    listed.push({ from, to, element: begun })
  }
  for (const element of sorted) {
    endBefore(keyOf(element))
    begun = isEnd(element) ? undefined : element
  }
  endBefore(undefined)
  return listed
}

function inOwnOrder({ from, to, element }: ListedElement, types: readonly Datatype[]): ListedElement {
  return { from: swapHostFields(from, types), to: swapHostFields(to, types), element }
}

/**
 * Converts a key between the byte orders of its types and network byte order, in which sets of intervals keep it. Names
 * of links stay as they are.
 */
export function swapHostFields(key: Uint8Array, types: readonly Datatype[]): Uint8Array {
  if (types.every(({ bigEndian }) => bigEndian)) return key
  const swapped = key.slice()
  let at = 0
  for (const type of types) {
    if (!type.bigEndian) swapped.subarray(at, at + type.length).reverse()
    at += padded(type.length)
  }
  return swapped
}
