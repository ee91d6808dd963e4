import { NFT_DATA_VERDICT, type nftObjectType } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import type { Datatype } from './datatype.js'
import {
  concatenatedNumber,
  type DatatypeName,
  datatypes,
  keyLength,
  padded,
  unknownType,
} from './datatypes.js'
import { dataTypes, hasDataIntervals, keyTypes } from './format/elements.js'
import type { NftSet } from './listing.js'
import { unknownName } from './unknown-name.js'

/** The data types that nft(8) cannot name in the definition of a set: it cannot list the ruleset of one that has them. */
const UNDECLARED = ['string', 'ct_label', 'ct_event'] as const

/** A data type of a set's keys or values. */
type NftSetType = Exclude<DatatypeName, (typeof UNDECLARED)[number]>

/** The type of a set's keys: a data type, or several for concatenated keys (`['ipv4_addr', 'inet_service']`). */
export type NftKeyType = NftSetType | readonly NftSetType[]

const setTypes = Object.keys(datatypes).filter((name) => !(UNDECLARED as readonly string[]).includes(name))

/** Each field of a concatenation takes six bits of the 32 of the type's number. libnftables: TYPE_BITS */
const FIELDS_MAX = 5
/** NFT_DATA_VALUE_MAXLEN: a key fills at most all registers; bytes. */
const KEY_MAX = 64

/** The type of a named object: `counter`. */
export type NftObjectType = Exclude<ReturnType<(typeof nftObjectType)['canonical']>, number>

/** The types of objects that maps may refer to. */
export const objectMaps = [
  'counter',
  'quota',
  'limit',
  'ctHelper',
  'ctTimeout',
  'ctExpectation',
  'synproxy',
  'secmark',
] as const

/** What a map gives for a key: values of a type, a verdict, or a named object of a type (`counter`). */
export type NftMapType = NftKeyType | 'verdict' | (typeof objectMaps)[number]

/** The types of a set's elements. */
export interface ElementShape {
  readonly type: NftKeyType
  /** The type of a map's values; without it, it is a set. */
  readonly map?: NftMapType | undefined
  /** Whether keys may be prefixes, ranges and beginnings of links' names. */
  readonly interval?: boolean | undefined
  /** Whether a map's values are prefixes and ranges: addresses to translate to. */
  readonly dataInterval?: boolean | undefined
}

/** What a set gives for a key. */
export type DataShape =
  | { readonly kind: 'verdict' }
  | { readonly kind: 'object'; readonly type: NftObjectType | number }
  | { readonly kind: 'values'; readonly types: readonly Datatype[]; readonly interval: boolean }

/** How the elements of a set are encoded. */
export interface SetShape {
  /** The types of the fields of its keys. */
  readonly types: readonly Datatype[]
  readonly interval: boolean
  /** Undefined for a set that is no map. */
  readonly data: DataShape | undefined
  /** Whether intervals that overlap are merged: the kernel refuses them. */
  readonly autoMerge: boolean
}

/** @throws {@link ArgumentError} when a data type is unknown */
export function typesOf(type: NftKeyType, argument: string): Datatype[] {
  const names = Array.isArray(type) ? (type as readonly NftSetType[]) : [type as NftSetType]
  if (names.length === 0) throw new ArgumentError(argument, type, 'the name of a data type, or several')
  if (names.length > FIELDS_MAX) throw new ArgumentError(argument, type, `at most ${FIELDS_MAX} data types`)
  const types = names.map((name) => {
    if (typeof name === 'string' && setTypes.includes(name)) return datatypes[name]
    throw unknownName(argument, name, setTypes)
  })
  const length = types.reduce((sum, one) => sum + padded(one.length), 0)
  if (length <= KEY_MAX) return types
  const message = `${argument} must be of at most ${KEY_MAX} bytes: ${names.join(' . ')} has ${length}`
  throw new ArgumentError(argument, type, `of at most ${KEY_MAX} bytes`, message)
}

/** nft(8)'s number for a type, and its length in bytes: a set is declared with both. */
export function typeNumbers(types: readonly Datatype[]): {
  readonly number: number
  readonly length: number
} {
  return { number: concatenatedNumber(types), length: keyLength(types) }
}

/** @throws {@link ArgumentError} when a data type is unknown */
export function shapeOfSpec(spec: ElementShape & { readonly autoMerge?: boolean | undefined }): SetShape {
  const { type, map, interval = false, dataInterval = false, autoMerge = false } = spec
  const data = dataShape(map, dataInterval)
  if (dataInterval && data?.kind !== 'values') {
    const message = 'dataInterval is only for maps whose values are of a data type'
    throw new ArgumentError('dataInterval', dataInterval, 'given with such a `map`', message)
  }
  if (autoMerge && !interval) {
    const message = 'autoMerge is only for sets with `interval: true`'
    throw new ArgumentError('autoMerge', autoMerge, 'given with `interval: true`', message)
  }
  return { types: typesOf(type, 'type'), interval, data, autoMerge }
}

function dataShape(map: NftMapType | undefined, interval: boolean): DataShape | undefined {
  if (map === undefined) return undefined
  if (map === 'verdict') return { kind: 'verdict' }
  if (isObjectMap(map)) return { kind: 'object', type: map }
  return { kind: 'values', types: typesOf(map, 'map'), interval }
}

export const isObjectMap = (map: NftMapType): map is (typeof objectMaps)[number] =>
  (objectMaps as readonly unknown[]).includes(map)

/** The shape of a set that the kernel has. */
export function shapeOfListed(set: NftSet): SetShape {
  const { flags = [], keyLen = 0, objType, dataType, dataLen = 0, userdata } = set
  const listed = { ...set, elements: [] }
  let data: DataShape | undefined
  if (flags.includes('object')) data = { kind: 'object', type: objType ?? 0 }
  else if (dataType === NFT_DATA_VERDICT) data = { kind: 'verdict' }
  else if (flags.includes('map')) {
    const interval = hasDataIntervals(listed)
    const types = dataTypes(listed)?.types ?? [unknownType(interval ? dataLen / 2 : dataLen)]
    data = { kind: 'values', types, interval }
  }
  return {
    types: keyTypes(listed)?.types ?? [unknownType(keyLen)],
    interval: flags.includes('interval'),
    data,
    autoMerge: userdata?.mergeElements === 1,
  }
}

/** Whether two types of keys or values are the same: only then do their bytes mean the same. */
export function sameTypes(a: readonly Datatype[], b: readonly Datatype[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      ({ number, length, bigEndian }, i) =>
        number === b[i]?.number && length === b[i]?.length && bigEndian === b[i]?.bigEndian,
    )
  )
}

/** The names of types, for error messages: `ipv4_addr . inet_service`. */
export const typeNames = (types: readonly Datatype[]) => types.map(({ name }) => name).join(' . ')
