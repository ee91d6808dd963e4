import type { NftSetElement } from '../../../protocol/index.js'
import { type Datatype, integerOf, nameOf } from '../datatype.js'
import { compareBytes, prefixOf } from '../values.js'
import { isIdentifier } from './keywords.js'

type NftDataValue = NonNullable<NftSetElement['data']>

/** The text of what nft(8)'s language cannot express: nft(8) refuses to read it. */
export const notExpressible = (what: string | undefined) => `[ ${what} ]`

/** Text in quotes, as nft(8) writes strings; in brackets, if nft(8) cannot read it again. */
export const quoted = (text: string) =>
  /["\n\0]|\p{Surrogate}/u.test(text) ? notExpressible(JSON.stringify(text)) : `"${text}"`

/** A name of a table, chain, set or object; in brackets, if nft(8) cannot read it again. */
export const identifier = (name: string) => (isIdentifier(name) ? name : notExpressible(JSON.stringify(name)))

/** `accept`, `jump other` */
export function formatVerdict({ code, chain }: NonNullable<NftDataValue['verdict']>): string {
  if (typeof code !== 'string' || !VERDICTS.has(code)) return notExpressible(`verdict ${code}`)
  return chain === undefined ? code : `${code} ${identifier(chain)}`
}

const VERDICTS: ReadonlySet<string> = new Set(['accept', 'drop', 'continue', 'return', 'jump', 'goto'])

/** One value. */
export function formatValue(type: Datatype, bytes: Uint8Array): string {
  if (!fits(type, bytes)) return notExpressible(hexadecimal(bytes))
  if (type.name !== 'ifname' && type.name !== 'string') return type.format(bytes)
  const name = nameOf(bytes)
  return nameBytesAreZero(bytes, name) && name !== '' && !name.endsWith('*')
    ? quoted(name)
    : notExpressible(hexadecimal(bytes))
}

/** All names of less than the type's length that begin with these bytes: `"eth*"`. */
export function formatWildcard(bytes: Uint8Array): string {
  const name = nameOf(bytes)
  return bytes.includes(0) || name.endsWith('\\') ? notExpressible(hexadecimal(bytes)) : quoted(`${name}*`)
}

export const hexadecimal = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`

/** Whether a value of less than whole bytes has no other bits. */
const fits = ({ bits, bigEndian }: Datatype, bytes: Uint8Array) =>
  bits === undefined || integerOf(bytes, bigEndian) < 2 ** bits

const nameBytesAreZero = (bytes: Uint8Array, name: string) =>
  bytes.subarray(Buffer.byteLength(name)).every((byte) => byte === 0)

/** The names of the bits that are set: `established,related`; those without a name as a number. */
export function formatBits(type: Datatype, bytes: Uint8Array, separator = ','): string {
  if (type.names === undefined) return type.format(bytes)
  let value = integerOf(bytes, type.bigEndian)
  const found = Object.entries(type.names).filter(([, bit]) => (value & bit) !== 0)
  for (const [, bit] of found) value -= bit
  const names = found.map(([name]) => name)
  if (value > 0 || names.length === 0) names.push(`0x${value.toString(16)}`)
  return names.join(separator)
}

/** An interval, both ends included: a single value, a prefix, a range, a wildcard. */
export function formatInterval(type: Datatype, from: Uint8Array, to: Uint8Array): string {
  if (compareBytes(from, to) === 0)
    return type.bitmask ? formatBits(type, from, ' | ') : formatValue(type, from)
  if (type.name === 'ifname') return formatNames(from, to)
  const bits = prefixOf(from, to)
  if (type.prefixes && bits !== undefined) return `${type.format(from)}/${bits}`
  return formatRange(type, from, to)
}

export function formatRange(type: Datatype, from: Uint8Array, to: Uint8Array): string {
  if (type.name === 'ifname' || type.name === 'string') {
    return notExpressible(`${hexadecimal(from)}-${hexadecimal(to)}`)
  }
  if (!fits(type, from) || !fits(type, to)) return notExpressible(`${hexadecimal(from)}-${hexadecimal(to)}`)
  const write = type.formatNumber ?? type.format
  return `${write(from)}-${write(to)}`
}

function formatNames(from: Uint8Array, to: Uint8Array): string {
  const bits = prefixOf(from, to)
  if (bits === undefined || bits % 8 !== 0 || bits === 0) {
    return notExpressible(`${hexadecimal(from)}-${hexadecimal(to)}`)
  }
  return formatWildcard(from.subarray(0, bits / 8))
}
