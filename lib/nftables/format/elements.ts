import type { Datatype } from '../datatype.js'
import { padded, typesOfNumber, unknownType } from '../datatypes.js'
import { listedElements } from '../listed-elements.js'
import type { NftTableListing } from '../listing.js'
import { formatTime } from '../units.js'
import { formatInterval, formatVerdict } from './values.js'

type ListedSet = NftTableListing['sets'][number]

/** A key or a value, field by field: `10.0.0.1 . 80`. */
function formatFields(types: readonly Datatype[], from: Uint8Array, to: Uint8Array): string {
  let at = 0
  return types
    .map((type) => {
      const [start, end] = [at, at + type.length]
      at += padded(type.length)
      return formatInterval(type, from.subarray(start, end), to.subarray(start, end))
    })
    .join(' . ')
}

/** The data types of the fields of its keys. */
export function keyTypes(set: ListedSet): readonly Datatype[] {
  return typesOfNumber(set.keyType ?? 0) ?? [unknownType(set.keyLen ?? 4)]
}

/** The data types of the fields of a map's values. */
export function dataTypes(set: ListedSet): readonly Datatype[] {
  return typesOfNumber(set.dataType ?? 0) ?? [unknownType(set.dataLen ?? 4)]
}

/** The elements of a set, each as nft(8) writes it. */
export function formatElements(set: ListedSet): string[] {
  const types = keyTypes(set)
  return listedElements(set, types).map(({ from, to, element }) => {
    const key = element.flags?.includes('catchall') ? '*' : formatFields(types, from, to)
    const times = [
      element.timeout === undefined ? '' : ` timeout ${formatTime(element.timeout)}`,
      element.expiration === undefined ? '' : ` expires ${formatTime(element.expiration)}`,
    ].join('')
    const { data } = element
    if (data?.verdict) return `${key}${times} : ${formatVerdict(data.verdict)}`
    if (data?.value) return `${key}${times} : ${formatFields(dataTypes(set), data.value, data.value)}`
    return `${key}${times}`
  })
}
