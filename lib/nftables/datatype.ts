import { type Codec, decodeUtf8, EncodeError, Writer } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { unknownName } from './unknown-name.js'

/** A value to compare a packet with, or to set: a number, a name (`'established'`), an address, a link's name. */
export type NftValue = string | number

/** A libnftables data type: its number, its length, and how its values are read and written. */
export interface Datatype {
  /** The name that nft(8) has for it: `ipv4_addr`. */
  readonly name: string
  /** The number that the kernel stores for nft(8). libnftables: include/datatype.h, enum datatypes */
  readonly number: number
  /** Bytes. */
  readonly length: number
  /** Whether its values are in network byte order, so that they sort as bytes; in host order otherwise. */
  readonly bigEndian: boolean
  /** Whether intervals that form a prefix are written as one: `10.0.0.0/8`. libnftables: DTYPE_F_PREFIX */
  readonly prefixes?: boolean
  /** Whether each named value is a bit, so that several may be set at once: `established,related`. */
  readonly bitmask?: boolean
  /** The names of values. */
  readonly names?: Readonly<Record<string, number>>
  /** The bits that a value has, if it does not fill its bytes: 6 of a DSCP. */
  readonly bits?: number
  /** How many elements of a set nft(8) writes on a line. */
  readonly perLine: number
  /**
   * Reads one value.
   * @throws {@link ArgumentError} when the value is not of this type
   */
  parse(value: NftValue, argument: string): Uint8Array
  /** Writes one value as nft(8) does; in brackets, if its language cannot express it. */
  format(bytes: Uint8Array): string
  /** Writes one value without its name, as the end of a range or as a mask; as `format` if it is left out. */
  formatNumber?(bytes: Uint8Array): string
}

/** A value as text; none for what is neither text nor a number: `[5]` and `null` are no values, though they have a text. */
const valueText = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

interface IntegerOptions {
  readonly bigEndian: boolean
  readonly bits?: number
  readonly bitmask?: boolean
  readonly names?: Readonly<Record<string, number>>
  /** Whether names are written in quotes. */
  readonly quoted?: boolean
  /** Writes values that have no name. */
  readonly write?: (value: number) => string
}

/** A data type of integers, some of which may have names. */
export function integerType(
  name: string,
  number: number,
  length: number,
  {
    bigEndian,
    bits = 8 * length,
    bitmask = false,
    names = {},
    quoted = false,
    write = String,
  }: IntegerOptions,
): Datatype {
  // Of several names for a number, the first is written.
  const byNumber = new Map(
    Object.entries(names)
      .map(([word, value]) => [value, word] as const)
      .reverse(),
  )
  const max = 2 ** bits - 1
  const numbers = `a whole number from 0 to ${max}`
  const known = Object.keys(names)
  return {
    name,
    number,
    length,
    bigEndian,
    bitmask,
    names,
    ...(bits === 8 * length ? {} : { bits }),
    perLine: 5,
    formatNumber: (bytes) => write(integerOf(bytes, bigEndian)),
    parse(value, argument) {
      const text = valueText(value)
      const named = Object.hasOwn(names, text) ? names[text] : undefined
      const found = named ?? (/^(0x[\da-f]+|\d+)$/i.test(text) ? Number(text) : -1)
      if (!Number.isInteger(found) || found < 0 || found > max) {
        if (known.length === 0) throw new ArgumentError(argument, value, numbers)
        throw unknownName(argument, value, known, { otherwise: numbers })
      }
      return integerBytes(found, length, bigEndian)
    },
    format(bytes) {
      const value = integerOf(bytes, bigEndian)
      const named = byNumber.get(value)
      if (named === undefined) return write(value)
      return quoted ? `"${named}"` : named
    },
  }
}

interface TextOptions {
  readonly bigEndian?: boolean
  /** What values are, for errors. */
  readonly expected: string
  /** The number that a text stands for; undefined if there is none. */
  readonly read: (text: string) => bigint | undefined
  /** In brackets, if nft(8)'s language cannot express the number. */
  readonly write: (value: bigint) => string
  readonly writeNumber?: (value: bigint) => string
}

/** A data type of integers that have a text of their own: times, handles of traffic control. */
export function textType(
  name: string,
  number: number,
  length: number,
  { bigEndian = false, expected, read, write, writeNumber = write }: TextOptions,
): Datatype {
  const max = (1n << BigInt(8 * length)) - 1n
  return {
    name,
    number,
    length,
    bigEndian,
    perLine: 1,
    parse(value, argument) {
      const found = read(valueText(value))
      if (found === undefined || found < 0n || found > max) throw new ArgumentError(argument, value, expected)
      return bigintBytes(found, length, bigEndian)
    },
    format: (bytes) => write(bigintOf(bytes, bigEndian)),
    formatNumber: (bytes) => writeNumber(bigintOf(bytes, bigEndian)),
  }
}

function bigintBytes(value: bigint, length: number, bigEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0, remaining = value; i < length; i++, remaining >>= 8n) {
    bytes[bigEndian ? length - 1 - i : i] = Number(remaining & 0xffn)
  }
  return bytes
}

/** Bytes as an integer of any length. */
export function bigintOf(bytes: Uint8Array, bigEndian: boolean): bigint {
  let value = 0n
  for (let i = 0; i < bytes.length; i++) {
    value = (value << 8n) | BigInt(bytes[bigEndian ? i : bytes.length - 1 - i] as number)
  }
  return value
}

interface CodecOptions {
  readonly prefixes?: boolean
  readonly perLine: number
  readonly format: (bytes: Uint8Array) => string
}

/** A data type whose values a codec encodes, padded with zeros; in network byte order. */
export function codecType(
  name: string,
  number: number,
  length: number,
  codec: Codec<string>,
  { prefixes = false, perLine, format }: CodecOptions,
): Datatype {
  return {
    name,
    number,
    length,
    bigEndian: true,
    prefixes,
    perLine,
    format,
    parse(value, argument) {
      const out = new Writer(length)
      if (typeof value !== 'string')
        throw new ArgumentError(argument, value, `a value of type ${name}, as text`)
      try {
        codec.encode(out, value as string, {})
      } catch (error) {
        if (error instanceof EncodeError) throw new ArgumentError(argument, value, error.expected)
        throw error
      }
      const bytes = new Uint8Array(length)
      bytes.set(out.written().subarray(0, length))
      return bytes
    },
  }
}

/** An integer as bytes. */
export function integerBytes(value: number, length: number, bigEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0, remaining = value; i < length; i++, remaining = Math.floor(remaining / 256)) {
    bytes[bigEndian ? length - 1 - i : i] = remaining % 256
  }
  return bytes
}

/** Bytes as an integer. */
export function integerOf(bytes: Uint8Array, bigEndian: boolean): number {
  let value = 0
  for (let i = 0; i < bytes.length; i++) {
    value = value * 256 + (bytes[bigEndian ? i : bytes.length - 1 - i] as number)
  }
  return value
}

/** Decodes a name that ends with a NUL or fills all bytes. */
export function nameOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return decodeUtf8(end < 0 ? bytes : bytes.subarray(0, end))
}
