import type { Datatype } from '../datatype.js'
import type { HeaderField, HeaderName, Layer } from '../headers.js'

/** A field within what an expression has loaded. */
export interface SourceField {
  /** nft(8)'s text: `ip saddr`. */
  readonly text: string
  readonly type: Datatype
  /** Its first bit, in the order of the packet; of a value in host order, from the most significant one. */
  readonly from: number
  /** The number of its bits; those beyond what was loaded are not compared. */
  readonly count: number
  /** The layer whose protocol a comparison with it determines. */
  readonly dependency?: Layer | undefined
  /** Whether it is no field but any bits, which nft(8) takes where a type is not needed. */
  readonly isRaw?: boolean | undefined
  /** The headers that it is read from. */
  readonly headers?: readonly HeaderName[] | undefined
}

/** What an expression loads into a register: parts of the packet, metadata, the value of a map. */
export interface Source {
  /** The name of the expression, for its mark. */
  readonly name: string
  /** Bytes. */
  readonly length: number
  /** Whether it is loaded in network byte order. */
  readonly bigEndian: boolean
  /** The fields that it may be or contain; nft(8)'s language has no others. */
  readonly fields: readonly SourceField[]
  /** The bit that it begins with, as fields count them; 0 if it is left out. */
  readonly start?: number | undefined
  /** The text of all of its bits, where they are no field. */
  readonly raw?: (() => SourceField | undefined) | undefined
  /** The layer whose header it is loaded from. */
  readonly base?: Layer | undefined
  /** The parts of a value that consists of several: the types of a concatenation, the ends of an interval. */
  readonly parts?: readonly Datatype[] | undefined
}

/** The field of which all bits are loaded, from one of the loaded bits on. */
export const fieldAt = (
  { fields, start = 0 }: Source,
  from: number,
  count: number,
): SourceField | undefined => fields.find((one) => one.from - start === from && one.count === count)

/** The field that is all of what is loaded. */
export const wholeField = (source: Source): SourceField | undefined => fieldAt(source, 0, 8 * source.length)

/** A source that is one field. */
export function wholeSource(
  name: string,
  text: string,
  type: Datatype,
  { dependency, headers }: Pick<SourceField, 'dependency' | 'headers'> = {},
): Source {
  const { length, bigEndian } = type
  return {
    name,
    length,
    bigEndian,
    fields: [{ text, type, from: 0, count: 8 * length, dependency, headers }],
  }
}

/** The bits of a field from the beginning of its header, and their number. */
export function fieldBits({ offset, bits, type }: HeaderField): { from: number; count: number } {
  const [from, count] = bits ?? [0, 8 * type.length]
  return { from: 8 * offset + from, count }
}
