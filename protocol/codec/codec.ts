import type { Writer } from './writer.js'

/**
 * The object whose field or attribute is being coded: what a field needs to know of its siblings
 * (`data` of `kind`, a prefix of its length) it reads here.
 */
export type Owner = Record<string, unknown>

/**
 * How one value lies on the wire. `Out` is what decoding gives, `In` what encoding takes: the same,
 * but that `In` accepts read-only arrays and explicit `undefined`.
 *
 * `decode` reads `length` bytes at `at`, never more, and throws nothing but `DecodeError`.
 * `encode` appends to the writer and throws nothing but `EncodeError`.
 */
export interface Codec<Out, In = Out> {
  /** The length in bytes, where it is fixed. */
  readonly size?: number
  /** The payload is itself a row of attributes: its attribute carries NLA_F_NESTED. */
  readonly nested?: true
  /** The same value in the other byte order, for attributes that carry NLA_F_NET_BYTEORDER. */
  readonly swapped?: Codec<Out, In>
  /** The attribute may repeat in its set; each occurrence adds to an array. */
  readonly multiple?: true
  /** Presence is the value: nothing is sent for `false`. */
  readonly presence?: true
  /** How what is decoded becomes part of its set; as the member of its name otherwise. */
  assign?(owner: Owner, value: Out): void
  /**
   * What reads it, as source text over `view` at an offset, for decoders that are made from source; `bind` gives the name
   * of a value that the text needs.
   */
  readonly source?: (at: string, bind: (value: unknown) => string) => string
  /** Decode only when the rest of the set is known: the codec asks `owner` for a sibling. */
  readonly deferred?: true
  decode(view: DataView, at: number, length: number, owner: Owner): Out
  encode(out: Writer, value: In, owner: Owner): void
  /** What lies at byte `target` of the view, for the kernel's error offsets: this value holds it. */
  locate?(view: DataView, at: number, length: number, target: number, owner: Owner): Located | undefined
  /** The codec that really does the work, where the owner's fields decide. */
  resolve?(owner: Owner): AnyCodec
}

/** A place within a message. */
export interface Located {
  readonly path: readonly string[]
  readonly codec: AnyCodec
}

/** Any codec at all, whatever its types: the bound for type parameters. */
export type AnyCodec = Codec<unknown, never>

/** What decoding with this codec gives. */
export type Value<C> = C extends { decode(...args: never[]): infer Out } ? Out : never

/** What encoding with this codec takes. */
export type Input<C> = C extends { encode(out: never, value: infer In, owner: never): void } ? In : never

/** A codec whose length is known beforehand: what a fixed struct is made of. */
export type FixedCodec<Out, In = Out> = Codec<Out, In> & { readonly size: number }

export type AnyFixedCodec = AnyCodec & { readonly size: number }
