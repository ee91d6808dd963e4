import type { Writer } from './writer.js'

/** The object that a field or attribute belongs to, by name: `data` reads its `kind` here, a prefix its length. */
export type Parent = Readonly<Record<string, unknown>>

/**
 * The encoding of one value. `Out` is what decoding gives, `In` what encoding takes: the same, except that `In`
 * accepts read-only arrays and explicit `undefined`.
 *
 * The functions of a codec do not use `this`.
 */
export interface Codec<Out, In = Out> extends Decoder<Out> {
  /** The length in bytes, where it is fixed. */
  readonly size?: number
  /** The payload is a set of attributes: its attribute carries NLA_F_NESTED. */
  readonly nested?: true
  /** The same value in the other byte order, for attributes that carry NLA_F_NET_BYTEORDER. */
  readonly swapped?: Codec<Out, In>
  /** Presence is the value: nothing is sent for `false`. */
  readonly presence?: true
  /**
   * Appends a value to the writer.
   * @param parent the object that is being encoded, header fields included
   * @throws {@link EncodeError} and nothing else
   */
  encode(out: Writer, value: In, parent: Parent): void
  /**
   * Finds what lies at byte `target` of the view, for the offsets in the kernel's error messages.
   * @param parent the object that was encoded
   */
  locate?(view: DataView, at: number, length: number, target: number, parent: Parent): Located | undefined
  /** The codec that is selected for this parent. */
  resolve?(parent: Parent): AnyCodec
}

/** The reading half of a codec. */
export interface Decoder<Out> {
  /** The attribute may repeat in its set; each occurrence adds to an array. */
  readonly multiple?: true
  /** The sibling that decides how the value is read: where it is an attribute, the value is decoded after it. */
  readonly sibling?: string
  /** Stores the value in the object of its set, if it is not simply the member of its name. */
  readonly assign?: (object: Record<string, unknown>, value: never) => void
  /** JavaScript that reads a value of exactly `length` bytes; undefined if values of that length need `decode`. */
  readonly source?: (at: string, length: number, scope: SourceScope) => string | undefined
  readonly swapped?: Decoder<Out>
  /**
   * Reads `length` bytes at `at`, never more.
   * @param parent the fields of the message's header; for a value with a `sibling` in the same set, that set as well
   * @throws {@link DecodeError} and nothing else
   */
  decode(view: DataView, at: number, length: number, parent: Parent): Out
}

/** What source text can refer to, besides `view`. */
export interface SourceScope {
  /** Gives the name under which the text finds this value. */
  bind(value: unknown): string
  /** The name of the parent object. */
  readonly parent: string
}

/** A position within a message: the path of a value and its codec. */
export interface Located {
  readonly path: readonly string[]
  readonly codec: AnyCodec
}

/** A codec of any types: the bound for type parameters. */
export type AnyCodec = Codec<unknown, never>

/** What decoding with this codec gives: `Value<typeof u32>` is `number`. */
export type Value<C> = C extends { decode(...args: never[]): infer Out } ? Out : never

/** What encoding with this codec takes: `Input<typeof u32>` is `number`. */
export type Input<C> = C extends { encode(out: never, value: infer In, parent: never): void } ? In : never

/** A codec of fixed length: a member of a struct. */
export type FixedCodec<Out, In = Out> = Codec<Out, In> & { readonly size: number }

export type AnyFixedCodec = AnyCodec & { readonly size: number }
