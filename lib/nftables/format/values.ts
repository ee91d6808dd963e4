import type { NftSetElement } from '../../../protocol/index.js'
import { type Datatype, integerOf, nameOf } from '../datatype.js'
import { compareBytes, maskOf, prefixLength } from '../values.js'
import type { RegisterValue } from './state.js'

type NftDataValue = NonNullable<NftSetElement['data']>

/** Text in quotes, as nft(8) writes strings. */
export const quoted = (text: string) => `"${text}"`

/** `accept`, `jump other` */
export function formatVerdict(verdict: NonNullable<NftDataValue['verdict']>): string {
  const { code, chain } = verdict
  return chain === undefined ? String(code) : `${code} ${chain}`
}

/** One value; a link's name without its NUL is a wildcard: `"eth*"`. */
export function formatValue(type: Datatype, bytes: Uint8Array): string {
  if (type.name !== 'ifname') return type.format(bytes)
  return bytes.includes(0) || bytes.length >= type.length
    ? quoted(nameOf(bytes))
    : quoted(`${nameOf(bytes)}*`)
}

/** The names of the bits that are set: `established,related`. */
export function formatBits(type: Datatype, bytes: Uint8Array): string {
  const value = integerOf(bytes, type.bigEndian)
  const names = Object.entries(type.names ?? {})
  const found = names.filter(([, bit]) => bit !== 0 && (value & bit) === bit).map(([name]) => name)
  return found.length > 0 ? found.join(',') : type.format(bytes)
}

/** An interval, both ends included: a single value, a prefix or a range. */
export function formatInterval(type: Datatype, from: Uint8Array, to: Uint8Array): string {
  if (compareBytes(from, to) === 0) return formatValue(type, from)
  const bits = commonPrefix(type, from, to)
  return bits === undefined
    ? `${formatValue(type, from)}-${formatValue(type, to)}`
    : `${formatValue(type, from)}/${bits}`
}

/** The length of the prefix that consists of exactly these values, if the type has prefixes. */
function commonPrefix(type: Datatype, from: Uint8Array, to: Uint8Array): number | undefined {
  if (!type.prefixes) return undefined
  const bits = prefixLength(from.map((byte, i) => ~(byte ^ (to[i] as number)) & 0xff))
  if (bits === undefined) return undefined
  const mask = maskOf(bits, from.length)
  const first = from.every((byte, i) => (byte & ~(mask[i] as number) & 0xff) === 0)
  const last = to.every((byte, i) => (byte | (mask[i] as number)) === 0xff)
  return first && last ? bits : undefined
}

/** `meta mark set 0x00000001`: assigns a constant, or what was loaded from the packet. */
export function formatAssignment(text: string, type: Datatype, loaded: RegisterValue | undefined): string {
  const value = loaded?.constant ? formatValue(type, loaded.constant) : (loaded?.text ?? '[ register ]')
  return `${text} set ${value}`
}
