import { ArgumentError } from '../errors.js'
import { type Datatype, integerBytes, integerOf, type NftValue, nameOf } from './datatype.js'
import { padded } from './datatypes.js'

/** The values from one to another, both included; bytes in the order of the data type. */
export interface Interval {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/** Types whose values have no "-" in them, so that one always separates the ends of a range. */
const withoutDash = ({ name, names }: Datatype) =>
  names !== undefined || name === 'ipv4_addr' || name === 'ipv6_addr' || name === 'ether_addr'

/**
 * Reads a value, a prefix (`10.0.0.0/8`), a range (`1024-65535`), a half-open range (`>=1024`, `<1024`), or the beginning
 * of links' names (`eth*`).
 * @throws {@link ArgumentError} when the value is invalid, or the range is descending
 */
export function parseInterval(type: Datatype, value: NftValue, argument: string): Interval {
  if (type.name === 'ifname') return parseNames(type, value, argument)
  if (typeof value === 'string' && !isName(type, value)) {
    const bound = /^([<>]=?)\s*(.+)$/.exec(value)
    if (bound) return parseHalfOpen(type, value, bound[1] as string, bound[2] as string, argument)
    if (value.includes('-')) {
      const range = parseRange(type, value, argument)
      if (range !== undefined) return range
    }
    const slash = type.prefixes ? value.indexOf('/') : -1
    if (slash >= 0) return parsePrefix(type, value, slash, argument)
  }
  const from = parseValue(type, value, argument)
  return { from, to: from }
}

const isName = ({ names }: Datatype, value: string) => names !== undefined && Object.hasOwn(names, value)

/** One value; of a bitmask several names, all of whose bits are set: `established,new`. */
export function parseValue(type: Datatype, value: NftValue, argument: string): Uint8Array {
  if (!type.bitmask || typeof value !== 'string' || !value.includes(',')) return type.parse(value, argument)
  return bitsOf(type, value.split(','), argument)
}

/** Names may have a "-" as well: each one is tried as the one between the two ends. */
function parseRange(type: Datatype, value: string, argument: string): Interval | undefined {
  if (!withoutDash(type) && parses(type, value)) return undefined
  let first: number | undefined
  for (let at = value.indexOf('-', 1); at > 0; at = value.indexOf('-', at + 1)) {
    first ??= at
    const [from, to] = [value.slice(0, at).trim(), value.slice(at + 1).trim()]
    const isSeparator = value.indexOf('-', at + 1) < 0 && first === at
    if (isSeparator || (parses(type, from) && parses(type, to)))
      return rangeOf(type, value, from, to, argument)
  }
  return undefined
}

function parses(type: Datatype, value: string): boolean {
  try {
    type.parse(value, '')
    return true
  } catch {
    return false
  }
}

function rangeOf(type: Datatype, value: string, first: string, last: string, argument: string): Interval {
  const [from, to] = [type.parse(first, argument), type.parse(last, argument)]
  if (compareValues(type, from, to) > 0) {
    throw new ArgumentError(argument, value, 'a range whose first value is not above its last')
  }
  return { from, to }
}

function parseHalfOpen(
  type: Datatype,
  value: string,
  operator: string,
  bound: string,
  argument: string,
): Interval {
  const given = type.parse(bound, argument)
  const network = toNetworkOrder(type, given)
  const isUpper = operator.startsWith('<')
  const end = operator.endsWith('=') ? network : isUpper ? decrement(network) : increment(network)
  if (end === undefined) throw new ArgumentError(argument, value, 'a bound that some value is within')
  const other = new Uint8Array(type.length).fill(isUpper ? 0 : 0xff)
  const [from, to] = isUpper ? [other, end] : [end, other]
  return { from: toNetworkOrder(type, from), to: toNetworkOrder(type, to) }
}

/** A link's name, or all that begin with what stands before a `*`; as in nft(8), `\\*` is a `*` of the name itself. */
function parseNames(type: Datatype, value: NftValue, argument: string): Interval {
  if (typeof value !== 'string' || !value.endsWith('*')) {
    const from = type.parse(value, argument)
    return { from, to: from }
  }
  const text = value
  if (text.endsWith('\\*')) {
    const from = type.parse(`${text.slice(0, -2)}*`, argument)
    return { from, to: from }
  }
  const from = text === '*' ? new Uint8Array(type.length) : type.parse(text.slice(0, -1), argument)
  const length = namePrefixLength(from)
  return { from, to: from.map((byte, i) => (i < length ? byte : 0xff)) }
}

/** The length of a link's name without its NULs, bytes. */
export function namePrefixLength(bytes: Uint8Array): number {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes.length : end
}

function parsePrefix(type: Datatype, value: string, slash: number, argument: string): Interval {
  const bits = 8 * type.length
  const digits = value.slice(slash + 1)
  const length = /^\d{1,3}$/.test(digits) ? Number(digits) : -1
  if (length < 0 || length > bits) {
    throw new ArgumentError(argument, value, `a value with a prefix length from 0 to ${bits}`)
  }
  const address = type.parse(value.slice(0, slash), argument)
  const mask = maskOf(length, type.length)
  return {
    from: address.map((byte, i) => byte & (mask[i] as number)),
    to: address.map((byte, i) => byte | (~(mask[i] as number) & 0xff)),
  }
}

/**
 * A value of a type as it would be given: a number, a name, an address; `0x…` where no number can hold it. The inverse of
 * {@link parseValue}.
 */
export function givenValue(type: Datatype, bytes: Uint8Array): NftValue {
  if (type.name === 'ifname') {
    const name = nameOf(bytes)
    return name.endsWith('*') ? `${name.slice(0, -1)}\\*` : name
  }
  const text = type.format(bytes).replace(/^"(.*)"$/, '$1')
  if (type.names === undefined) return /^\d{1,15}$/.test(text) ? Number(text) : text
  const value = integerOf(bytes, type.bigEndian)
  if (Object.hasOwn(type.names, text) && type.names[text] === value) return text
  if (type.bitmask && value !== 0) {
    const known = Object.entries(type.names).filter(([, bit]) => bit !== 0 && (value & bit) === bit)
    if (known.reduce((bits, [, bit]) => (bits | bit) >>> 0, 0) === value)
      return known.map(([name]) => name).join(',')
  }
  return Number.isSafeInteger(value) ? value : text
}

/** An interval as it would be given: a value, a prefix or a range. The inverse of {@link parseInterval}. */
export function intervalValue(type: Datatype, { from, to }: Interval): NftValue {
  if (compareBytes(from, to) === 0) return givenValue(type, from)
  if (type.name === 'ifname') {
    const length = namePrefixLength(from)
    const isPrefix = to.every((byte, i) => byte === (i < length ? from[i] : 0xff))
    return isPrefix ? `${nameOf(from)}*` : `${givenValue(type, from)}-${givenValue(type, to)}`
  }
  const bits = type.prefixes ? prefixOf(from, to) : undefined
  return bits === undefined
    ? `${givenValue(type, from)}-${givenValue(type, to)}`
    : `${givenValue(type, from)}/${bits}`
}

/** The length of the prefix that consists of exactly the values from one to another; undefined if there is none. */
export function prefixOf(from: Uint8Array, to: Uint8Array): number | undefined {
  const bits = prefixLength(from.map((byte, i) => ~(byte ^ (to[i] as number)) & 0xff))
  if (bits === undefined) return undefined
  const mask = maskOf(bits, from.length)
  const isFirst = from.every((byte, i) => (byte & ~(mask[i] as number) & 0xff) === 0)
  return isFirst && to.every((byte, i) => (byte | (mask[i] as number)) === 0xff) ? bits : undefined
}

/** Whether values are integers in host byte order: those of a single byte have none, and links' names are text. */
export const isHostInteger = ({ bigEndian, length }: Datatype) => !bigEndian && length > 1

/** Converts a value between the byte order of its type and network byte order, in which bytes sort as values do. */
export const toNetworkOrder = (type: Datatype, bytes: Uint8Array): Uint8Array =>
  isHostInteger(type) ? bytes.toReversed() : bytes

/** Compares values of a type by their order. */
export const compareValues = (type: Datatype, a: Uint8Array, b: Uint8Array): number =>
  compareBytes(toNetworkOrder(type, a), toNetworkOrder(type, b))

/** A mask of `length` bytes with the first `bits` bits set. */
export function maskOf(bits: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))) & 0xff)
}

/** The number of leading bits that are set; undefined if any other bit is set. */
export function prefixLength(mask: Uint8Array): number | undefined {
  let bits = 0
  while (bits < 8 * mask.length && ((mask[bits >> 3] as number) & (0x80 >> (bits & 7))) !== 0) bits++
  return compareBytes(mask, maskOf(bits, mask.length)) === 0 ? bits : undefined
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The next value; undefined after the last. */
export const increment = (bytes: Uint8Array) => addWithCarry(bytes, 1)

/** The previous value; undefined before the first. */
export const decrement = (bytes: Uint8Array) => addWithCarry(bytes, -1)

function addWithCarry(bytes: Uint8Array, step: 1 | -1): Uint8Array | undefined {
  const next = bytes.slice()
  for (let i = next.length - 1; i >= 0; i--) {
    const byte = (next[i] as number) + step
    next[i] = byte & 0xff
    if (byte >= 0 && byte <= 0xff) return next
  }
  return undefined
}

/** Concatenates the fields of a key, each padded to whole registers. */
export function concatenate(fields: readonly Uint8Array[]): Uint8Array {
  if (fields.length === 1) return fields[0] as Uint8Array
  const joined = new Uint8Array(fields.reduce((sum, field) => sum + padded(field.length), 0))
  let at = 0
  for (const field of fields) {
    joined.set(field, at)
    at += padded(field.length)
  }
  return joined
}

/**
 * Combines values of a bitmask type.
 * @throws {@link ArgumentError} when a value is not of the type
 */
export function bitsOf(type: Datatype, values: readonly NftValue[], argument: string): Uint8Array {
  const bits = values.map((value) => type.parse(value, argument))
  return bits.reduce(
    (all, one) => all.map((byte, i) => byte | (one[i] as number)),
    integerBytes(0, type.length, type.bigEndian),
  )
}
