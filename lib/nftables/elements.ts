import type { NftSetElement, NftSetElementInput } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import {
  type Datatype,
  type DatatypeName,
  datatypes,
  joinedNumber,
  type NftValue,
  padded,
} from './datatypes.js'
import { compareBytes, join, type NftVerdict, neighbour, parseInterval, verdictData } from './values.js'

/** What a set has for its keys: one type, or several in a row. */
export type NftKeyType = DatatypeName | readonly DatatypeName[]

/** An element of a set: a value, a prefix or a range; of keys in parts, an array. */
export type NftKey = NftValue | readonly NftValue[]

/** An element with what belongs to it. */
export interface NftElement {
  readonly key: NftKey
  /** Of a map: what it has for the key. */
  readonly data?: NftKey | NftVerdict | undefined
  /** It goes after so many milliseconds. */
  readonly timeout?: number | undefined
}

/** What an element may look like depends on its set. */
export interface ElementShape {
  readonly type: NftKeyType
  /** Of a map: the type of what it has for its keys. */
  readonly map?: NftKeyType | 'verdict' | undefined
  /** Elements are prefixes and ranges. */
  readonly interval?: boolean | undefined
}

/** @throws ArgumentError */
export function typesOf(type: NftKeyType, argument: string): Datatype[] {
  const names = typeof type === 'string' ? [type] : type
  return names.map((name) => {
    if (!Object.hasOwn(datatypes, name))
      throw new ArgumentError(argument, name, `one of ${Object.keys(datatypes).join(', ')}`)
    return datatypes[name]
  })
}

/** What the kernel is told of a type: its number, which nft(8) understands, and how long it is. */
export function typeNumbers(types: readonly Datatype[]): {
  readonly number: number
  readonly length: number
} {
  const [only] = types
  if (types.length === 1 && only) return { number: only.number, length: only.length }
  return { number: joinedNumber(types), length: types.reduce((sum, { length }) => sum + padded(length), 0) }
}

/** The elements as the kernel takes them: an interval by its first value and the first behind it. @throws ArgumentError */
export function elementMessages(
  elements: readonly (NftKey | NftElement)[],
  shape: ElementShape,
): NftSetElementInput[] {
  const types = typesOf(shape.type, 'type')
  if (shape.interval && types.some((type) => !type.big)) {
    throw new ArgumentError('type', shape.type, 'of values in network order: others make no intervals')
  }
  return elements.flatMap((given, i) => elementMessage(asElement(given), types, shape, `elements.${i}`))
}

function asElement(given: NftKey | NftElement): NftElement {
  return typeof given === 'object' && 'key' in given ? given : { key: given }
}

function elementMessage(
  element: NftElement,
  types: readonly Datatype[],
  shape: ElementShape,
  argument: string,
): NftSetElementInput[] {
  const { key, data, timeout } = element
  const values = Array.isArray(key) ? (key as readonly NftValue[]) : [key as NftValue]
  if (values.length !== types.length) throw new ArgumentError(argument, key, `a key of ${types.length} parts`)
  const parts = types.map((type, i) => parseInterval(type, values[i] as NftValue, argument))
  const from = join(parts.map((part) => part.from))
  const to = join(parts.map((part) => part.to))
  if (!shape.interval && compareBytes(from, to) !== 0) {
    throw new ArgumentError(argument, key, 'a single value: prefixes and ranges need a set with interval')
  }
  const more: NftSetElementInput = {
    ...(timeout === undefined ? {} : { timeout: BigInt(timeout) }),
    ...(data === undefined ? {} : { data: mapData(data, shape, `${argument}.data`) }),
  }
  if (!shape.interval) return [{ key: { value: from }, ...more }]
  if (types.length > 1) return [{ key: { value: from }, keyEnd: { value: to }, ...more }]
  const behind = neighbour(to, 1)
  return [
    { key: { value: from }, ...more },
    ...(behind === undefined ? [] : [{ key: { value: behind }, flags: ['intervalEnd' as const] }]),
  ]
}

function mapData(data: NonNullable<NftElement['data']>, shape: ElementShape, argument: string) {
  if (shape.map === undefined) throw new ArgumentError(argument, data, 'possible: the set is no map')
  if (shape.map === 'verdict') return verdictData(data as NftVerdict, argument)
  const types = typesOf(shape.map, 'map')
  const values = (Array.isArray(data) ? data : [data]) as readonly NftValue[]
  if (values.length !== types.length)
    throw new ArgumentError(argument, data, `a value of ${types.length} parts`)
  return { value: join(types.map((type, i) => type.parse(values[i] as NftValue, argument))) }
}

/** An element as it is listed: an interval has a last value. */
export interface ListedElement {
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly element: NftSetElement
}

/**
 * The elements in their order, the ends of intervals joined with their beginnings.
 * @param backwards their last byte counts most
 */
export function listedElements(elements: readonly NftSetElement[], backwards = false): ListedElement[] {
  const listed: ListedElement[] = []
  let open: ListedElement | undefined
  // An end comes before a beginning at the same place.
  const ends = (element: NftSetElement) => (element.flags?.includes('intervalEnd') ? 0 : 1)
  const keyOf = (element: NftSetElement) => element.key?.value ?? new Uint8Array()
  const compare = (a: Uint8Array, b: Uint8Array) =>
    backwards ? compareBytes(a.toReversed(), b.toReversed()) : compareBytes(a, b)
  const sorted = elements.toSorted((a, b) => compare(keyOf(a), keyOf(b)) || ends(a) - ends(b))
  const interval = sorted.some((element) => ends(element) === 0)
  const close = (to: Uint8Array) => {
    if (open) listed.push({ ...open, to })
    open = undefined
  }
  for (const element of sorted) {
    const from = keyOf(element)
    if (ends(element) === 0) close(neighbour(from, -1) ?? from)
    else {
      close(from)
      const one = { from, to: element.keyEnd?.value ?? from, element }
      if (interval) open = one
      else listed.push(one)
    }
  }
  // What has no end goes to the last value there is.
  if (open) close(new Uint8Array(open.from.length).fill(0xff))
  return listed
}
