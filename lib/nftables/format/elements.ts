import { NFT_DATA_VERDICT } from '../../../protocol/index.js'
import type { Datatype } from '../datatype.js'
import {
  hostInteger,
  isHostOrder,
  keyLength,
  packetInteger,
  padded,
  typesOfNumber,
  unknownType,
} from '../datatypes.js'
import { listedElements } from '../listed-elements.js'
import type { NftTableListing } from '../listing.js'
import { formatTime } from '../units.js'
import { formatStateful } from './stateful.js'
import { declaredTypes, type ElementType } from './typeof.js'
import { formatInterval, formatVerdict, hexadecimal, notExpressible, quoted } from './values.js'

type ListedSet = NftTableListing['sets'][number]
type Element = ListedSet['elements'][number]

/** A field of keys: how its bytes in a set become text. */
export interface KeyField {
  /** Bytes, without padding. */
  readonly length: number
  readonly type: Datatype
  /** The value of the type; undefined if there is none. */
  toValue(bytes: Uint8Array): Uint8Array | undefined
}

/** The fields of the keys of a named set, as it is declared; undefined if its type has no name. */
function declaredFields(set: ListedSet): readonly KeyField[] | undefined {
  return keyTypes(set)?.types.map((type) => ({ length: type.length, type, toValue: (bytes) => bytes }))
}

/** The types of the keys of a set, and nft(8)'s text for them; undefined if it has none. */
export function keyTypes(set: ListedSet): ElementType | undefined {
  const declared = declaredTypes(set.userdata?.keyTypeof, set.keyLen ?? 0)
  return declared ?? namedTypes(set.keyType ?? 0, set.keyLen ?? 0)
}

/** The types of a map's values, and nft(8)'s text for them; undefined if it has none. */
export function dataTypes(set: ListedSet): ElementType | undefined {
  const length = dataLength(set)
  const declared = declaredTypes(set.userdata?.dataTypeof, length)
  return declared ?? namedTypes(set.dataType ?? 0, length)
}

/** What may be translated to. */
const TARGETS: ReadonlySet<string> = new Set(['ipv4_addr', 'ipv6_addr', 'inet_service'])

/** Whether the values of a map are intervals: addresses to translate to. */
export const hasDataIntervals = (set: ListedSet) => {
  const types = typesOfNumber(set.dataType ?? 0)
  const isTarget = types?.every(({ name }) => TARGETS.has(name)) ?? false
  return types !== undefined && isTarget && set.dataLen === 2 * keyLength(types)
}

const dataLength = (set: ListedSet) => (set.dataLen ?? 0) / (hasDataIntervals(set) ? 2 : 1)

function namedTypes(number: number, length: number): ElementType | undefined {
  const types = typesOfNumber(number)
  if (types === undefined || keyLength(types) !== length) return undefined
  return { types, text: `type ${types.map(({ name }) => name).join(' . ')}` }
}

/** A key or a value, field by field: `10.0.0.1 . 80`. */
function formatFields(fields: readonly KeyField[], from: Uint8Array, to: Uint8Array): string {
  if (from.length !== keyLength(fields)) return notExpressible(hexadecimal(from))
  let at = 0
  return fields
    .map(({ length, type, toValue }) => {
      const [start, end] = [at, at + length]
      at += padded(length)
      const isPadded = [from, to].some((key) => key.subarray(end, at).some((byte) => byte !== 0))
      if (isPadded && fields.length > 1) return notExpressible(hexadecimal(from))
      const last = to.subarray(start, end)
      const [first, through] = [toValue(from.subarray(start, end)), highest(last, type) ?? toValue(last)]
      if (first === undefined || through === undefined) return notExpressible(hexadecimal(from))
      return formatInterval(type, first, through)
    })
    .join(' . ')
}

/** The last value of a type of less than whole bytes, where an interval reaches the end of the space of the bytes. */
function highest(bytes: Uint8Array, { bits, length }: Datatype): Uint8Array | undefined {
  if (bits === undefined || !bytes.every((byte) => byte === 0xff)) return undefined
  const all = new Uint8Array(length).fill(0xff)
  all[0] = 0xff >> (8 * length - bits)
  return all
}

/** The elements of a named set, each as nft(8) writes it. */
export function formatDeclaredElements(set: ListedSet): string[] {
  const fields = declaredFields(set) ?? [unknownField(set)]
  if (!hasFields(set, fields)) return [notExpressible('elements')]
  return listedElements(
    set,
    fields.map(({ type }) => type),
  ).map(({ from, to, element }) => formatElement(set, fields, from, to, element))
}

/** Whether the kernel compares concatenated intervals field by field, as the types say. */
function hasFields({ flags = [], desc }: ListedSet, fields: readonly KeyField[]): boolean {
  if (fields.length < 2 || !flags.includes('interval')) return true
  return (
    flags.includes('concat') &&
    desc?.concat?.map(({ len }) => len).join() === fields.map(({ length }) => length).join()
  )
}

function unknownField({ keyLen = 0 }: ListedSet): KeyField {
  return { length: keyLen, type: unknownType(keyLen), toValue: (bytes) => bytes }
}

/** The elements of an anonymous set, as the rule that looks them up understands them. */
export function formatLookedUpElements(set: ListedSet, fields: readonly KeyField[]): string[] {
  const [only] = fields
  const isSortedAsBytes = set.flags?.includes('interval') || (only && !isHostOrder(only.type))
  const integer = isSortedAsBytes ? packetInteger : hostInteger
  const keys = fields.map(({ length }) => integer(length))
  return listedElements(set, keys).map(({ from, to, element }) =>
    formatElement(set, fields, from, to, element),
  )
}

function formatElement(
  set: ListedSet,
  fields: readonly KeyField[],
  from: Uint8Array,
  to: Uint8Array,
  element: Element,
): string {
  const { timeout, expiration, userdata, expr, expressions, unknown } = element
  const stateful = expressions ?? (expr ? [expr] : [])
  return [
    element.flags?.includes('catchall') ? '*' : formatFields(fields, from, to),
    ...stateful.map(formatStateful),
    ...(timeout === undefined ? [] : [`timeout ${formatTime(timeout)}`]),
    ...(expiration === undefined ? [] : [`expires ${formatTime(expiration)}`]),
    ...(userdata?.comment ? [`comment ${quoted(userdata.comment)}`] : []),
    ...(unknown ? [notExpressible('element')] : []),
    ...formatData(set, element),
  ].join(' ')
}

function formatData(set: ListedSet, { data, objref }: Element): string[] {
  if (objref !== undefined) return [`: ${quoted(objref)}`]
  if (data?.verdict) return [`: ${formatVerdict(data.verdict)}`]
  const { value } = data ?? {}
  if (value === undefined) return set.flags?.includes('map') ? [notExpressible('value')] : []
  const types = dataTypes(set)?.types ?? [unknownType(value.length)]
  const fields = types.map((type) => ({ length: type.length, type, toValue: (bytes: Uint8Array) => bytes }))
  const length = hasDataIntervals(set) ? value.length / 2 : value.length
  return [`: ${formatFields(fields, value.subarray(0, length), value.subarray(value.length - length))}`]
}

/** What a map maps to: ` : verdict`, ` : ipv4_addr . inet_service`, ` : counter`; empty for sets. */
export function mappedText(set: ListedSet): string {
  const { flags = [], objType, dataType } = set
  if (flags.includes('object')) return ` : ${objectWord(objType)}`
  if (!flags.includes('map')) return ''
  if (dataType === NFT_DATA_VERDICT) return ' : verdict'
  const text = dataTypes(set)?.text.replace(/^type(of)? /, '') ?? notExpressible(`type ${dataType}`)
  return ` : ${hasDataIntervals(set) ? 'interval ' : ''}${text}`
}

const OBJECT_WORDS: Readonly<Record<string, string>> = {
  ctHelper: 'ct helper',
  ctTimeout: 'ct timeout',
  ctExpectation: 'ct expectation',
  counter: 'counter',
  quota: 'quota',
  limit: 'limit',
  secmark: 'secmark',
  synproxy: 'synproxy',
}

/** nft(8)'s words for a type of object. */
export const objectWord = (type: unknown) => OBJECT_WORDS[String(type)] ?? notExpressible(`object ${type}`)
