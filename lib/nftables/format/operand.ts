import type { Datatype } from '../datatype.js'
import type { HeaderName, Layer } from '../headers.js'
import { type Bits, isOpposite, loadedBit, loadedBits, swappedBits } from './bits.js'
import { bitBytes, bitsOfBytes, bytesOf, isZero } from './field-bytes.js'
import { operationsText } from './operations.js'
import type { Operation, RegisterValue } from './registers.js'
import { fieldAt, type Source, type SourceField, wholeField } from './source.js'

/** The left side of a comparison, or what is assigned: `tcp dport`, `meta mark & 0x000000ff`. */
export interface Operand {
  readonly text: string
  /** The type of the values that it is compared with. */
  readonly type: Datatype
  /** Whether an operator is needed before the value: `meta mark & 0xff == 1`. */
  readonly isBinary: boolean
  /** The field itself with the mask, if the operand is nothing but a field and a mask. */
  readonly masked?: { readonly text: string; readonly mask: Uint8Array }
  /** The length of the prefix that is compared, if that is all of a prefix's bits and less than the value. */
  readonly prefix?: number
  /** Whether the register sorts as the values do: in network order. */
  readonly isSorted: boolean
  readonly dependency?: Layer | undefined
  readonly headers: readonly HeaderName[]
  /** Whether more is done to it than a mask. nft(8) does the opposite to values, which is wrong for those of an interval. */
  readonly isMoved?: boolean
  /** Whether it is shifted in the end: nft(8) shifts the value instead, beyond its bits. */
  readonly isShifted?: boolean
  /** Whether its bits are no field, and so of no type. */
  readonly isRaw?: boolean | undefined
  /** The value of this type for what the register holds; undefined if the register can never hold that. */
  toValue(bytes: Uint8Array): Uint8Array | undefined
}

/** The bits of a register as an integer, the most significant first. */
interface Ordered {
  readonly bits: Bits
  /** Whether memory holds the least significant byte first. */
  readonly isLittle: boolean
  /** By how many bits the loaded value was shifted left. */
  readonly left: number
}

/** What a register holds as an operand; undefined if nft(8)'s language has no words for it. */
export function operandOf(value: RegisterValue): Operand | undefined {
  const loaded = loadedOperand(value, value.source.length)
  if (loaded) return loaded
  const source = extended(value.source)
  const ordered = orderedBits(source, value, value.source.length)
  if (ordered === undefined) return undefined
  return fieldOperand(source, ordered, value) ?? binaryOperand(source, ordered, operationsOf(value, source))
}

/** As {@link operandOf}, for a comparison with one value: leading bits of an address are a prefix. */
export function comparedOperand(value: RegisterValue, length: number): Operand | undefined {
  const loaded = loadedOperand(value, length)
  if (loaded) return loaded
  const source = extended(value.source)
  const ordered = orderedBits(source, value, length)
  if (ordered === undefined) return undefined
  return (
    fieldOperand(source, ordered, value) ??
    prefixOperand(source, ordered) ??
    binaryOperand(source, ordered, length < value.source.length ? undefined : operationsOf(value, source))
  )
}

/** The operations, if they are about all bits of the source. */
const operationsOf = ({ operations, source: loaded }: RegisterValue, source: Source) =>
  loaded === source ? operations : undefined

/** A field as it was loaded: the usual case. */
function loadedOperand({ source, bits }: RegisterValue, length: number): Operand | undefined {
  const field = wholeField(source)
  if (field === undefined || bits !== undefined || length !== source.length) return undefined
  const { type, dependency } = field
  if (type.length !== source.length || type.bigEndian !== source.bigEndian) return undefined
  const toValue = (bytes: Uint8Array) => (bytes.length === source.length ? bytes : undefined)
  return { ...wholeOperand(source, field, !source.bigEndian), dependency, toValue }
}

/** The operands of adjacent fields that were loaded at once: nft(8) combines comparisons so. */
export function splitOperands(value: RegisterValue): Operand[] | undefined {
  const { source, bits } = value
  if (bits !== undefined || !source.bigEndian) return undefined
  const operands: Operand[] = []
  const { start = 0 } = source
  const end = start + 8 * source.length
  for (let from = start; from < end; ) {
    const field = source.fields
      .filter((one) => one.from === from && from + one.count <= end)
      .toSorted((a, b) => b.count - a.count)[0]
    if (field === undefined) return undefined
    operands.push(partOperand(source, field))
    from += field.count
  }
  return operands
}

function partOperand(source: Source, field: SourceField): Operand {
  const { text, type, count, dependency, headers = [] } = field
  const from = field.from - (source.start ?? 0)
  const toValue = (bytes: Uint8Array) =>
    bytesOf(
      bitsOfBytes(bytes, false).map((bit, i) => (i >= from && i < from + count ? bit : 0)),
      from,
      count,
      type,
    )
  return { text, type, isBinary: false, isSorted: source.bigEndian, dependency, headers, toValue }
}

/** A source of the first bytes of an address, as one of the whole address. */
function extended(source: Source): Source {
  const bits = 8 * source.length
  const { start = 0 } = source
  const whole = source.fields.find(({ from, count, type }) => from === start && count > bits && type.prefixes)
  return whole && source.bigEndian ? { ...source, length: whole.count / 8 } : source
}

/**
 * The bits of a register as an integer of the source's length; undefined if they are in no order.
 * @param length the number of bytes that matter; all others are as if masked
 */
function orderedBits(source: Source, value: RegisterValue, length: number): Ordered | undefined {
  const given = value.bits ?? loadedBits(Math.min(length, source.length))
  const memory = new Int16Array(8 * source.length)
  memory.set(given.subarray(0, Math.min(8 * length, memory.length)))
  const isLittle = source.bigEndian === (value.isSwapped ?? false)
  const bits = isLittle ? swappedBits(memory) : memory
  let left: number | undefined
  for (const [i, bit] of bits.entries()) {
    const loaded = loadedBit(bit)
    if (loaded === undefined) continue
    const distance = (source.bigEndian ? loaded : reversedIndex(loaded, source.length)) - i
    if (left !== undefined && left !== distance) return undefined
    left = distance
  }
  return { bits, isLittle, left: left ?? 0 }
}

const reversedIndex = (bit: number, length: number) => 8 * (length - 1 - (bit >> 3)) + (bit & 7)

/** A field of which all bits are there, and no others. */
function fieldOperand(
  source: Source,
  { bits, isLittle, left }: Ordered,
  { operations = [] }: RegisterValue,
): Operand | undefined {
  // nft(8) masks a field and moves it to the right; it writes anything else as it was done.
  const [mask, shift, ...others] = operations
  if (others.length > 0 || (mask && 'left' in mask) || (shift && !('left' in shift))) return undefined
  const first = bits.findIndex((bit) => loadedBit(bit) !== undefined)
  const last = bits.findLastIndex((bit) => loadedBit(bit) !== undefined)
  if (first < 0) return undefined
  for (const [i, bit] of bits.entries()) {
    const isInside = i >= first && i <= last
    if (isInside ? loadedBit(bit) === undefined || isOpposite(bit) : bit !== 0) return undefined
  }
  const count = last - first + 1
  const field = fieldAt(source, first + left, count)
  if (field === undefined) return undefined
  const { text, type, dependency, headers = [] } = field
  const isSorted = !isLittle || source.length === 1
  const toValue = (bytes: Uint8Array) => {
    const given = bitsOfBytes(bytes, isLittle, source.length)
    return given && bytesOf(given, first, count, type)
  }
  return { text, type, isBinary: false, isSorted, dependency, headers, toValue }
}

/** The leading bits of an address. */
function prefixOperand(source: Source, { bits, isLittle, left }: Ordered): Operand | undefined {
  const field = wholeField(source)
  if (!field?.type.prefixes || left !== 0) return undefined
  const end = bits.findIndex((bit) => loadedBit(bit) === undefined)
  const prefix = end < 0 ? bits.length : end
  const isPrefix = bits.every((bit, i) => (i < prefix ? !isOpposite(bit) : bit === 0))
  if (!isPrefix) return undefined
  const whole = wholeOperand(source, field, isLittle)
  const toValue = (bytes: Uint8Array) => {
    const given = whole.toValue(bytes)
    const isInside = given && bitsOfBytes(given, false).every((bit, i) => i < prefix || bit === 0)
    return isInside ? given : undefined
  }
  return { ...whole, toValue, prefix }
}

function wholeOperand(source: Source, field: SourceField, isLittle: boolean): Operand {
  const { text, type, isRaw, headers = [] } = field
  const toValue = (bytes: Uint8Array) => {
    const given = bitsOfBytes(bytes, isLittle, source.length)
    return given && bytesOf(given, 0, 8 * source.length, type)
  }
  return { text, type, isBinary: false, isSorted: !isLittle || source.length === 1, headers, isRaw, toValue }
}

/** A field, or any bits, with masks and shifts: `meta mark >> 4 & 0x0000000f`. */
function binaryOperand(
  source: Source,
  { bits, isLittle, left }: Ordered,
  operations: readonly Operation[] | undefined,
): Operand | undefined {
  const field = wholeField(source) ?? source.raw?.()
  if (field === undefined) return undefined
  const whole = wholeOperand(source, field, isLittle)
  const masks: Operation = {
    and: bitBytes(bits, (bit) => bit !== 0 && bit !== 1),
    xor: bitBytes(bits, (bit) => bit === 1 || isOpposite(bit)),
  }
  const isMask = left === 0 && isZero(masks.xor)
  if (isMask && operations === undefined && masks.and.every((byte) => byte === 0xff)) return whole
  if (isText(field.type)) return undefined
  const last = operations?.at(-1)
  const isShifted = left !== 0 && (last === undefined || 'left' in last)
  const inOrder = (bytes: Uint8Array) => (isLittle ? bytes.toReversed() : bytes)
  const done = operations?.map((one) =>
    'left' in one ? one : { and: inOrder(one.and), xor: inOrder(one.xor) },
  )
  const text = operationsText(field, done ?? [masks])
  const mask = bytesOf(bitsOfBytes(masks.and, false), 0, bits.length, field.type)
  const isOneMask = isMask && (done ?? []).length < 2 && mask !== undefined
  return {
    ...whole,
    text,
    isBinary: true,
    isShifted,
    isMoved: !isMask,
    ...(isOneMask && { masked: { text: field.text, mask } }),
  }
}

/** Types of texts, for which nft(8) has no operators. */
const TEXTS: ReadonlySet<string> = new Set(['ifname', 'string', 'time', 'date', 'hour'])
const isText = ({ name }: Datatype) => TEXTS.has(name)
