import { NFT_DATA_VERDICT, type NftSetElementInput, type NftSetMessage } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { assertKnownKeys } from '../options.js'
import type { Datatype, NftValue } from './datatype.js'
import { concatenatedNumber, type DatatypeName, datatypes, padded, typesOfNumber } from './datatypes.js'
import { milliseconds } from './units.js'
import { unknownName } from './unknown-name.js'
import { compareBytes, concatenate, increment, parseInterval } from './values.js'
import { type NftVerdict, verdictData } from './verdict.js'

/** The type of a set's keys: a data type, or several for concatenated keys (`['ipv4_addr', 'inet_service']`). */
export type NftKeyType = DatatypeName | readonly DatatypeName[]

/** A key: a value, a prefix or a range (`10.0.0.0/8`, `80-90`); an array of these for concatenated keys. */
export type NftKey = NftValue | readonly NftValue[]

/** A key with its value and its timeout. */
export interface NftElement {
  readonly key: NftKey
  /** The value of a map element. */
  readonly data?: NftKey | NftVerdict | undefined
  /** How long it stays, ms; needs a set with `timeout`. */
  readonly timeout?: number | undefined
}

const ELEMENT_KEYS = ['key', 'data', 'timeout'] as const satisfies readonly (keyof NftElement)[]

/** The types of a set's elements. */
export interface ElementShape {
  readonly type: NftKeyType
  /** The type of a map's values; without it, it is a set. */
  readonly map?: NftKeyType | 'verdict' | undefined
  /** Whether keys may be prefixes and ranges. */
  readonly interval?: boolean | undefined
}

/** @throws {@link ArgumentError} when a data type is unknown */
export function typesOf(type: NftKeyType, argument: string): Datatype[] {
  const names = Array.isArray(type) ? (type as readonly DatatypeName[]) : [type as DatatypeName]
  return names.map((name) => {
    if (!Object.hasOwn(datatypes, name)) {
      throw unknownName(argument, name, Object.keys(datatypes))
    }
    return datatypes[name]
  })
}

/** nft(8)'s number for a type, and its length in bytes: a set is declared with both. */
export function typeNumbers(types: readonly Datatype[]): {
  readonly number: number
  readonly length: number
} {
  const [only] = types
  const length =
    types.length === 1 && only ? only.length : types.reduce((sum, one) => sum + padded(one.length), 0)
  return { number: concatenatedNumber(types), length }
}

/**
 * The shape of the elements of a listed set.
 * @throws {@link ArgumentError} when the type of its keys or values is unknown
 */
export function shapeOf(set: NftSetMessage, name: string): ElementShape {
  const { keyType = 0, dataType = 0, flags = [] } = set
  const values = () => (dataType === NFT_DATA_VERDICT ? 'verdict' : keyTypeOf(dataType, name))
  return {
    type: keyTypeOf(keyType, name),
    map: flags.includes('map') ? values() : undefined,
    interval: flags.includes('interval'),
  }
}

function keyTypeOf(number: number, set: string): NftKeyType {
  const types = typesOfNumber(number)
  if (types === undefined) {
    const message = `the set ${JSON.stringify(set)} has an unknown key type ${number}; pass \`type\` and \`map\``
    throw new ArgumentError('set', set, `a set of ${Object.keys(datatypes).join(', ')}`, message)
  }
  const names = types.map(({ name }) => name as DatatypeName)
  return names.length === 1 ? (names[0] as DatatypeName) : names
}

/**
 * Encodes elements: an interval of a single type is sent as its first value and an end marker after its last value.
 * @throws {@link ArgumentError} when an element does not fit the shape
 */
export function elementMessages(
  elements: readonly (NftKey | NftElement)[],
  shape: ElementShape,
): NftSetElementInput[] {
  const types = typesOf(shape.type, 'type')
  const hostOrder = types.find((type) => !type.bigEndian)
  if (shape.interval && hostOrder !== undefined) {
    const message = `interval cannot be set for keys of type ${hostOrder.name}: their values are in host byte order`
    throw new ArgumentError('interval', true, 'false', message)
  }
  return elements.flatMap((given, i) => {
    const argument = `elements.${i}`
    return elementMessage(asElement(given, argument), types, shape, argument)
  })
}

function asElement(given: NftKey | NftElement, argument: string): NftElement {
  if (typeof given !== 'object' || Array.isArray(given)) return { key: given as NftKey }
  assertKnownKeys(given, ELEMENT_KEYS, argument)
  return given as NftElement
}

function elementMessage(
  { key, data, timeout }: NftElement,
  types: readonly Datatype[],
  shape: ElementShape,
  argument: string,
): NftSetElementInput[] {
  const values = fieldsOf(key, types, 'key', argument)
  const fields = types.map((type, i) => parseInterval(type, values[i] as NftValue, argument))
  const from = concatenate(fields.map((field) => field.from))
  const to = concatenate(fields.map((field) => field.to))
  if (!shape.interval && compareBytes(from, to) !== 0) {
    const expected = 'a single value (prefixes and ranges need a set with `interval: true`)'
    throw new ArgumentError(argument, key, expected)
  }
  const rest: NftSetElementInput = {
    ...(timeout === undefined ? {} : { timeout: milliseconds(timeout, `${argument}.timeout`) }),
    ...(data === undefined ? {} : { data: mapData(data, shape, `${argument}.data`) }),
  }
  if (!shape.interval) return [{ key: { value: from }, ...rest }]
  if (types.length > 1) return [{ key: { value: from }, keyEnd: { value: to }, ...rest }]
  const end = increment(to)
  return [
    { key: { value: from }, ...rest },
    ...(end === undefined ? [] : [{ key: { value: end }, flags: ['intervalEnd' as const] }]),
  ]
}

/** The fields of a key or a value, one for each type. */
function fieldsOf(
  given: NftKey,
  types: readonly Datatype[],
  what: string,
  argument: string,
): readonly NftValue[] {
  const fields = Array.isArray(given) ? (given as readonly NftValue[]) : [given as NftValue]
  if (fields.length === types.length) return fields
  const names = types.map(({ name }) => name).join(', ')
  const expected =
    types.length === 1 ? `a ${what} of type ${names}` : `a ${what} of ${types.length} fields: [${names}]`
  throw new ArgumentError(argument, given, expected)
}

function mapData(data: NonNullable<NftElement['data']>, shape: ElementShape, argument: string) {
  if (shape.map === undefined) {
    const message = `${argument} is only allowed in maps; this set has no \`map\` type`
    throw new ArgumentError(argument, data, 'left out', message)
  }
  if (shape.map === 'verdict') return verdictData(data as NftVerdict, argument)
  const types = typesOf(shape.map, 'map')
  const values = fieldsOf(data as NftKey, types, 'value', argument)
  return { value: concatenate(types.map((type, i) => type.parse(values[i] as NftValue, argument))) }
}
