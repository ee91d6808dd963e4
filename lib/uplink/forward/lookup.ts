import type { NftSetElement } from '../../../protocol/index.js'
import type { NftTableListing } from '../../nftables/listing.js'
import type { Bits } from './packet.js'
import { compare, equals } from './registers.js'

export type ListedSet = NftTableListing['sets'][number]

/** The element of a set that has a key; undefined when there is none, `'unknown'` when that cannot be said. */
export function findElement(set: ListedSet, key: Bits): NftSetElement | undefined | 'unknown' {
  const { elements, flags = [] } = set
  const catchall = elements.find((element) => element.flags?.includes('catchall'))
  const plain = elements.filter((element) => element !== catchall && element.key?.value !== undefined)
  if (plain.length === 0) return catchall
  if (flags.includes('concat') && flags.includes('interval')) return 'unknown'
  const found = flags.includes('interval') ? findInterval(plain, key) : findEqual(plain, key)
  return found ?? catchall
}

function findEqual(elements: readonly NftSetElement[], key: Bits): NftSetElement | undefined | 'unknown' {
  let certain = true
  for (const element of elements) {
    const equal = equals(key, element.key?.value ?? new Uint8Array())
    if (equal) return element
    if (equal === undefined) certain = false
  }
  return certain ? undefined : 'unknown'
}

/** An interval begins with its first element and ends before one with the flag `intervalEnd`. */
function findInterval(elements: readonly NftSetElement[], key: Bits): NftSetElement | undefined | 'unknown' {
  let nearest: NftSetElement | undefined
  for (const element of elements) {
    const order = compare(key, element.key?.value ?? new Uint8Array())
    if (order === undefined) return 'unknown'
    if (order < 0) continue
    const further = nearest === undefined ? -1 : compareKeys(nearest, element)
    // Where one interval ends as the next begins, the beginning counts.
    if (further < 0 || (further === 0 && !isEnd(element))) nearest = element
  }
  return nearest === undefined || isEnd(nearest) ? undefined : nearest
}

const isEnd = ({ flags }: NftSetElement) => flags?.includes('intervalEnd') === true

const compareKeys = (a: NftSetElement, b: NftSetElement) =>
  Buffer.compare(a.key?.value ?? Buffer.alloc(0), b.key?.value ?? Buffer.alloc(0))
