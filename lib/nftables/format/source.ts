import type { Datatype } from '../datatype.js'
import type { HeaderField, HeaderName, Layer } from '../headers.js'

/** A field within what an expression has loaded. */
export interface SourceField {
  /** nft(8)'s text: `ip saddr`. */
  readonly text: string
  readonly type: Datatype
  /** Its first bit within what was loaded, from the most significant one. */
  readonly from: number
  /** The number of its bits; those beyond what was loaded are not compared. */
  readonly count: number
  /** The layer whose protocol a comparison with it determines. */
  readonly dependency?: Layer | undefined
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
  /** The fields in it; nft(8)'s language has no others. */
  readonly fields: readonly SourceField[]
  /** The text of any of its bits. */
  readonly raw?: ((from: number, count: number) => SourceField | undefined) | undefined
  /** Where in the packet it is, if it is loaded as it is: bits of a layer's header. */
  readonly payload?: { readonly base: Layer; readonly from: number } | undefined
  /** The parts of a value that consists of several: the types of a concatenation, the ends of an interval. */
  readonly parts?: readonly Datatype[] | undefined
}

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
