import type { Datatype } from '../datatype.js'
import { isZero } from './field-bytes.js'
import type { Operation } from './registers.js'
import type { SourceField } from './source.js'
import { formatBits } from './values.js'

/**
 * A field with what is done to its bits.
 * @param operations with masks of which the most significant byte is the first
 */
export function operationsText({ text, type }: SourceField, operations: readonly Operation[]): string {
  let result = text
  let isMasked = false
  for (const operation of operations) {
    if ('left' in operation) {
      const { left } = operation
      const operand = isMasked ? `(${result})` : result
      result = `${operand} ${left > 0 ? '<<' : '>>'} ${Math.abs(left)}`
      isMasked = false
    } else {
      // Operators that bind less tightly than & may stand before it.
      result = `${isMasked ? `(${result})` : result}${maskingText(type, operation)}`
      isMasked = true
    }
  }
  return result
}

/** A mask as nft(8) writes it: bits that become 1 are an OR, bits that are flipped an XOR. */
function maskingText(type: Datatype, { and, xor }: { and: Uint8Array; xor: Uint8Array }): string {
  const or = xor.map((byte, i) => byte & ~(and[i] as number))
  const flipped = xor.map((byte, i) => byte & (and[i] as number))
  const kept = and.map((byte, i) => byte | (or[i] as number))
  const isNothing = isZero(or) && isZero(flipped)
  return [
    kept.every((byte) => byte === 0xff) && !isNothing ? '' : ` & ${maskText(type, kept)}`,
    isZero(flipped) ? '' : ` ^ ${maskText(type, flipped)}`,
    isZero(or) ? '' : ` | ${maskText(type, or)}`,
  ].join('')
}

/** A mask, the most significant byte first, as a constant of the type. */
function maskText(type: Datatype, mask: Uint8Array): string {
  const bytes = type.bigEndian ? mask : mask.toReversed()
  if (type.bitmask) {
    const names = formatBits(type, bytes, ' | ')
    return names.includes('|') ? `(${names})` : names
  }
  return (type.formatNumber ?? type.format)(bytes)
}
