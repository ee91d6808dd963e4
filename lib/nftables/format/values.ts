import type { NftSetElement } from '../../../protocol/index.js'
import { type Datatype, integerOf, nameOf, padded, partsOf } from '../datatypes.js'
import { listedElements } from '../elements.js'
import type { NftTableListing } from '../nftables.js'
import { compareBytes, maskOf, prefixLength } from '../values.js'

type ListedSet = NftTableListing['sets'][number]
type NftDataValue = NonNullable<NftSetElement['data']>

/** Text within quotes, as nft(8) writes it. */
export const quoted = (text: string) => `"${text}"`

export function formatVerdict(verdict: NonNullable<NftDataValue['verdict']>): string {
  const { code, chain } = verdict
  return chain === undefined ? String(code) : `${code} ${chain}`
}

/** One value; a link's name that is shorter than the register stands for all that begin so. */
export function formatValue(type: Datatype, bytes: Uint8Array): string {
  if (type.name !== 'ifname') return type.format(bytes)
  return bytes.includes(0) || bytes.length >= type.length
    ? quoted(nameOf(bytes))
    : quoted(`${nameOf(bytes)}*`)
}

/** Names of bits: `established,related`. */
export function formatBits(type: Datatype, bytes: Uint8Array): string {
  const value = integerOf(bytes, type.big)
  const names = Object.entries(type.names ?? {})
  const found = names.filter(([, bit]) => bit !== 0 && (value & bit) === bit).map(([name]) => name)
  return found.length > 0 ? found.join(',') : type.format(bytes)
}

/** From one value to another: one of them, a prefix, or a range. */
export function formatInterval(type: Datatype, from: Uint8Array, to: Uint8Array): string {
  if (compareBytes(from, to) === 0) return formatValue(type, from)
  const bits = commonPrefix(type, from, to)
  return bits === undefined
    ? `${formatValue(type, from)}-${formatValue(type, to)}`
    : `${formatValue(type, from)}/${bits}`
}

/** The length of the prefix that is just these values; addresses have some. */
function commonPrefix(type: Datatype, from: Uint8Array, to: Uint8Array): number | undefined {
  if (type.name !== 'ipv4_addr' && type.name !== 'ipv6_addr') return undefined
  const bits = prefixLength(from.map((byte, i) => ~(byte ^ (to[i] as number)) & 0xff))
  if (bits === undefined) return undefined
  const mask = maskOf(bits, from.length)
  const first = from.every((byte, i) => (byte & ~(mask[i] as number) & 0xff) === 0)
  const last = to.every((byte, i) => (byte | (mask[i] as number)) === 0xff)
  return first && last ? bits : undefined
}

/** A key or a value, in its parts. */
function formatParts(types: readonly Datatype[], from: Uint8Array, to: Uint8Array): string {
  let at = 0
  return types
    .map((type) => {
      const [start, end] = [at, at + type.length]
      at += padded(type.length)
      return formatInterval(type, from.subarray(start, end), to.subarray(start, end))
    })
    .join(' . ')
}

/** A number, where a set's type is unknown. */
const unknownType = (length: number): Datatype => ({
  name: 'integer',
  number: 4,
  length,
  big: true,
  perLine: 5,
  parse: () => new Uint8Array(length),
  format: (bytes) => `0x${Buffer.from(bytes).toString('hex')}`,
})

export function keyTypes(set: ListedSet): Datatype[] {
  return partsOf(set.keyType ?? 0) ?? [unknownType(set.keyLen ?? 4)]
}

function dataTypes(set: ListedSet): Datatype[] {
  return partsOf(set.dataType ?? 0) ?? [unknownType(set.dataLen ?? 4)]
}

/** The elements of a set, each as nft(8) writes it. */
export function formatElements(set: ListedSet): string[] {
  const types = keyTypes(set)
  const [only] = types
  // nft(8) orders by the numbers that the bytes are for this processor.
  const backwards = types.length === 1 && only !== undefined && (!only.big || only.name === 'ifname')
  return listedElements(set.elements, backwards).map(({ from, to, element }) => {
    const key = element.flags?.includes('catchall') ? '*' : formatParts(types, from, to)
    const times = [
      element.timeout === undefined ? '' : ` timeout ${formatTime(element.timeout)}`,
      element.expiration === undefined ? '' : ` expires ${formatTime(element.expiration)}`,
    ].join('')
    const { data } = element
    if (data?.verdict) return `${key}${times} : ${formatVerdict(data.verdict)}`
    if (data?.value) return `${key}${times} : ${formatParts(dataTypes(set), data.value, data.value)}`
    return `${key}${times}`
  })
}

/** Milliseconds, as nft(8) writes them: `1h30m`. */
export function formatTime(milliseconds: bigint): string {
  let rest = milliseconds
  let text = ''
  for (const [unit, size] of [
    ['d', 86_400_000n],
    ['h', 3_600_000n],
    ['m', 60_000n],
    ['s', 1000n],
    ['ms', 1n],
  ] as const) {
    const count = rest / size
    rest %= size
    if (count > 0n) text += `${count}${unit}`
  }
  return text || '0s'
}
