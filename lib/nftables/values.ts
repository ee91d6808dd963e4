import { ArgumentError } from '../errors.js'
import { type Datatype, integerBytes, type NftValue } from './datatype.js'
import { padded } from './datatypes.js'

/** The values from one to another, both included; bytes in the order of the data type. */
export interface Interval {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/**
 * Reads a value, a prefix (`10.0.0.0/8`) or a range (`1024-65535`).
 * @throws {@link ArgumentError} when the value is invalid, or the range is descending
 */
export function parseInterval(type: Datatype, value: NftValue, argument: string): Interval {
  if (typeof value === 'string' && type.name !== 'ifname') {
    const [first = '', last, ...more] = value.split('-')
    const isName = type.names !== undefined && Object.hasOwn(type.names, value)
    if (last !== undefined && more.length === 0 && !isName) {
      const [from, to] = [type.parse(first.trim(), argument), type.parse(last.trim(), argument)]
      if (compareBytes(from, to) > 0) {
        throw new ArgumentError(argument, value, 'a range whose first value is not above its last')
      }
      return { from, to }
    }
    const slash = value.indexOf('/')
    if (slash >= 0) return parsePrefix(type, value, slash, argument)
  }
  const from = type.parse(value, argument)
  return { from, to: from }
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
