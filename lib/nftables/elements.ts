import type { NftExpressionInput, NftSetElement, NftSetElementInput } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { assertKnownKeys } from '../options.js'
import { assertName } from './assert-spec.js'
import { commentUserdata } from './comment.js'
import type { Datatype, NftValue } from './datatype.js'
import { padded } from './datatypes.js'
import { keysOf } from './keys.js'
import {
  type ListedElement,
  type ListedSetElements,
  listedElements,
  swapHostFields,
} from './listed-elements.js'
import { mergedKeys } from './merged-keys.js'
import type { SetShape } from './set-shape.js'
import { milliseconds } from './units.js'
import { compareBytes, concatenate, increment, intervalValue, parseInterval, parseValue } from './values.js'
import { type NftVerdict, verdictData, verdictOf } from './verdict.js'

/**
 * A key: a value, a prefix or a range (`10.0.0.0/8`, `80-90`), the beginning of links' names (`eth*`); an array of these
 * for concatenated keys. `*` alone is the element that matches all other keys.
 */
export type NftKey = NftValue | readonly NftValue[]

/** An element: its key, the value of a map element, and what it has besides. */
export interface NftElement {
  readonly key: NftKey
  /** The value of a map element; the name of an object in a map of objects. */
  readonly data?: NftKey | NftVerdict | undefined
  /** How long it stays, ms; needs a set with `timeout`. */
  readonly timeout?: number | undefined
  /** How long it still stays, ms. */
  readonly expires?: number | undefined
  /** At most 127 bytes. */
  readonly comment?: string | undefined
  /** What it has counted, in a set with `counter`. */
  readonly counter?: { readonly packets: bigint; readonly bytes: bigint } | undefined
  /** All that it evaluates for packets that match it, `counter` included; takes precedence over it. */
  readonly expressions?: readonly NftExpressionInput[] | undefined
}

const elementKeys = keysOf<NftElement>({
  key: true,
  data: true,
  timeout: true,
  expires: true,
  comment: true,
  counter: true,
  expressions: true,
})

/** The key of the element that matches all keys which no other element matches. */
const CATCHALL = '*'

/** SET_ELEM_F_INTERVAL_OPEN: nft(8)'s mark for an interval that reaches the last value. */
const INTERVAL_OPEN = 1

/** An element whose key is encoded, in the byte order of its types; undefined for the catch-all element. */
export interface ParsedElement {
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly catchall: boolean
  /** The argument that it was given as, and its key, for errors. */
  readonly argument: string
  readonly key: NftKey
  /** What it has besides its key. */
  readonly rest: NftSetElementInput
}

/**
 * Reads elements.
 * @throws {@link ArgumentError} when an element does not fit the shape
 */
export function parseElements(
  elements: readonly (NftKey | NftElement)[],
  shape: SetShape,
  { keysOnly = false, argument = 'elements' } = {},
): ParsedElement[] {
  if (!Array.isArray(elements)) throw new ArgumentError(argument, elements, 'an array of elements')
  return elements.map((given: NftKey | NftElement, i) => {
    const at = `${argument}.${i}`
    const element = asElement(given, at)
    const catchall = element.key === CATCHALL
    const { from, to } = catchall ? NO_KEY : parseKey(element.key, shape, at)
    return {
      from,
      to,
      catchall,
      argument: at,
      key: element.key,
      rest: keysOnly ? {} : elementRest(element, shape, at),
    }
  })
}

const NO_KEY = { from: new Uint8Array(), to: new Uint8Array() }

/** An element of a message, and the one that it was given as. */
export interface EncodedElement {
  readonly message: NftSetElementInput
  readonly given: ParsedElement
}

/** Encodes elements: an interval of a single type is sent as its first value and an end marker after its last value. */
export function encodeElements(elements: readonly ParsedElement[], shape: SetShape): EncodedElement[] {
  const encoded: EncodedElement[] = []
  for (const given of elements) {
    const { from, to, catchall, rest } = given
    if (catchall) {
      encoded.push({ message: { flags: ['catchall'], ...rest }, given })
      continue
    }
    const [first, end] = intervalMessages(from, to, shape)
    encoded.push({ message: merged(first, rest), given })
    if (end !== undefined) encoded.push({ message: end, given })
  }
  return encoded
}

/** Reads and encodes elements. */
export function encodedElements(
  elements: readonly (NftKey | NftElement)[],
  shape: SetShape,
  options: { readonly keysOnly?: boolean } = {},
): EncodedElement[] {
  const parsed = parseElements(elements, shape, options)
  const [type] = shape.types
  const isMerged = shape.autoMerge && shape.interval && shape.types.length === 1 && shape.data === undefined
  return encodeElements(isMerged && !options.keysOnly && type ? mergedKeys(type, parsed) : parsed, shape)
}

/** The element as an object; a key alone is one without anything else. */
function asElement(given: NftKey | NftElement, argument: string): NftElement {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { key: given as NftKey }
  assertKnownKeys(given, elementKeys, argument)
  return given as NftElement
}

function merged(first: NftSetElementInput, rest: NftSetElementInput): NftSetElementInput {
  if (first.userdata === undefined || rest.userdata === undefined) return { ...first, ...rest }
  return { ...first, ...rest, userdata: { ...first.userdata, ...rest.userdata } }
}

/** The first and the last key of an element, in the byte order of their types. */
function parseKey(
  key: NftKey,
  { types, interval }: SetShape,
  argument: string,
): { readonly from: Uint8Array; readonly to: Uint8Array } {
  const values = fieldsOf(key, types, 'key', argument)
  const fields = types.map((type, i) => parseInterval(type, values[i] as NftValue, argument))
  if (types.length > 1 && values.some((value, i) => value === '*' && types[i]?.name === 'ifname')) {
    const message = `${argument} cannot have the field "*": nft(8) fails to list a ruleset with names of all links in a concatenation`
    throw new ArgumentError(argument, key, 'the name of a link or the beginning of one', message)
  }
  const from = concatenate(fields.map((field) => field.from))
  const to = concatenate(fields.map((field) => field.to))
  if (!interval && compareBytes(from, to) !== 0) {
    const expected = 'a single value (prefixes and ranges need a set with `interval: true`)'
    throw new ArgumentError(argument, key, expected)
  }
  return { from, to }
}

/** The messages for the keys from one to another, which are in the byte order of their types. */
function intervalMessages(
  from: Uint8Array,
  to: Uint8Array,
  { types, interval }: SetShape,
): [first: NftSetElementInput, end?: NftSetElementInput] {
  if (!interval) return [{ key: { value: from } }]
  const [value, last] = [swapHostFields(from, types), swapHostFields(to, types)]
  if (types.length > 1) return [{ key: { value }, keyEnd: { value: last } }]
  const after = increment(last)
  if (after === undefined) return [{ key: { value }, userdata: { flags: INTERVAL_OPEN } }]
  return [{ key: { value } }, { key: { value: after }, flags: ['intervalEnd'] }]
}

function elementRest(element: NftElement, shape: SetShape, argument: string): NftSetElementInput {
  const { data, timeout, expires, comment, counter, expressions } = element
  const userdata = commentUserdata(comment, `${argument}.comment`)
  if (expressions !== undefined && !Array.isArray(expressions)) {
    throw new ArgumentError(`${argument}.expressions`, expressions, 'an array of expressions')
  }
  if (counter !== undefined && (typeof counter !== 'object' || counter === null)) {
    throw new ArgumentError(`${argument}.counter`, counter, '{ packets, bytes }')
  }
  const evaluated =
    expressions ?? (counter === undefined ? [] : [{ name: 'counter' as const, data: counter }])
  return {
    ...(timeout === undefined ? {} : { timeout: milliseconds(timeout, `${argument}.timeout`) }),
    ...(expires === undefined ? {} : { expiration: milliseconds(expires, `${argument}.expires`) }),
    ...(userdata === undefined ? {} : { userdata }),
    ...(evaluated.length === 0
      ? {}
      : evaluated.length === 1
        ? { expr: evaluated[0] }
        : { expressions: evaluated }),
    ...mapData(data, shape, `${argument}.data`),
  }
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

function mapData(data: NftElement['data'], shape: SetShape, argument: string): NftSetElementInput {
  const { data: kind } = shape
  if (data === undefined) {
    if (kind === undefined) return {}
    throw new ArgumentError(argument, data, 'given: it is a map')
  }
  if (kind === undefined) {
    const message = `${argument} is only allowed in maps; this set has no \`map\` type`
    throw new ArgumentError(argument, data, 'left out', message)
  }
  if (kind.kind === 'verdict') return { data: verdictData(data as NftVerdict, argument) }
  if (kind.kind === 'object') {
    assertName(data, argument, `the name of a ${kind.type}`)
    return { objref: data }
  }
  const values = fieldsOf(data as NftKey, kind.types, 'value', argument)
  if (!kind.interval) {
    return {
      data: {
        value: concatenate(kind.types.map((type, i) => parseValue(type, values[i] as NftValue, argument))),
      },
    }
  }
  const fields = kind.types.map((type, i) => parseInterval(type, values[i] as NftValue, argument))
  const [from, to] = [concatenate(fields.map((one) => one.from)), concatenate(fields.map((one) => one.to))]
  return { data: { value: Uint8Array.of(...from, ...to) } }
}

/** The elements of a listed set, each as it would be given. */
export function elementsOf(set: ListedSetElements, shape: SetShape): NftElement[] {
  return listedElements(set, shape.types).map((listed) => elementOf(listed, shape))
}

function elementOf({ from, to, element }: ListedElement, shape: SetShape): NftElement {
  const { timeout, expiration, userdata, expr, expressions = expr === undefined ? [] : [expr] } = element
  const isCatchall = element.flags?.includes('catchall') ?? false
  const data = dataOf(element, shape)
  const counter = expressions.find((one) => one.name === 'counter')?.data
  const counted =
    counter === undefined || counter instanceof Uint8Array ? undefined : (counter as CounterData)
  return {
    key: isCatchall ? CATCHALL : keyValue(shape.types, from, to),
    ...(data === undefined ? {} : { data }),
    ...(timeout === undefined ? {} : { timeout: Number(timeout) }),
    ...(expiration === undefined ? {} : { expires: Number(expiration) }),
    ...(userdata?.comment === undefined ? {} : { comment: userdata.comment }),
    ...(counted && { counter: { packets: counted.packets ?? 0n, bytes: counted.bytes ?? 0n } }),
    ...(expressions.length > 1 || (expressions.length === 1 && counted === undefined) ? { expressions } : {}),
  }
}

interface CounterData {
  readonly packets?: bigint
  readonly bytes?: bigint
}

/** A key as it would be given. */
export function keyValue(types: readonly Datatype[], from: Uint8Array, to: Uint8Array): NftKey {
  let at = 0
  const fields = types.map((type) => {
    const [start, end] = [at, at + type.length]
    at += padded(type.length)
    return intervalValue(type, { from: from.subarray(start, end), to: to.subarray(start, end) })
  })
  return fields.length === 1 ? (fields[0] as NftValue) : fields
}

function dataOf({ data, objref }: NftSetElement, { data: kind }: SetShape): NftElement['data'] {
  if (objref !== undefined) return objref
  if (data?.verdict !== undefined) return verdictOf(data.verdict)
  if (data?.value === undefined || kind?.kind !== 'values') return undefined
  const { value } = data
  const half = value.length / 2
  const [from, to] = kind.interval ? [value.subarray(0, half), value.subarray(half)] : [value, value]
  return keyValue(kind.types, from, to)
}
