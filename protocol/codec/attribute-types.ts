import type { AnyCodec, Input, Value } from './codec.js'

/** Attribute name → [number, codec]. The name is the uapi's in camelCase, less its prefix. */
export type AttributeTable = Readonly<Record<string, readonly [type: number, codec: AnyCodec]>>

/** An attribute that the table does not declare, kept as raw bytes so that it can be sent back. */
export interface UnknownAttribute {
  /** `nla_type`, its flag bits included. */
  readonly type: number
  readonly data: Uint8Array
}

export interface UnknownAttributes {
  /** Attributes that are not declared, in the order of the wire. */
  unknown?: UnknownAttribute[]
}
export interface UnknownAttributesInput {
  readonly unknown?: readonly UnknownAttribute[] | undefined
}

/**
 * One object type with all members, instead of an intersection: `Flat<{ a: 1 } & { b: 2 }>` reads `{ a: 1; b: 2 }` in
 * an editor. Distributes over unions; doc comments of the members survive.
 */
export type Flat<T> = { [K in keyof T]: T[K] } & {}

type CodecAt<T, K extends keyof T> = T[K] extends readonly [number, infer C] ? C : never
type Repeated<C, One, Many> = C extends { readonly multiple: true } ? Many : One

/** Members whose types do not depend on each other: `{ id: [1, typeof u32] }` gives `{ id?: number }`. */
type PlainValue<T> = {
  -readonly [K in keyof T]?: Repeated<CodecAt<T, K>, Value<CodecAt<T, K>>, Value<CodecAt<T, K>>[]>
}
type PlainInput<T> = {
  readonly [K in keyof T]?:
    | Repeated<CodecAt<T, K>, Input<CodecAt<T, K>>, readonly Input<CodecAt<T, K>>[]>
    | undefined
}

type Selected<Sibling, Choices> = readonly [number, { readonly sibling: Sibling; readonly choices: Choices }]
/** The attribute that a sibling in the same table selects: `'data'` where `kind` selects it. At most one a table. */
type SelectedKey<T> = {
  [K in keyof T]: T[K] extends Selected<infer S, unknown> ? (S extends keyof T ? K : never) : never
}[keyof T]
/** The attribute that selects it: `'kind'`. */
type DiscriminatorKey<T, K extends keyof T> = T[K] extends Selected<infer S, unknown> ? S & keyof T : never
/** What can be selected: the value of the discriminator → the codec. */
type ChoicesAt<T, K extends keyof T> = T[K] extends Selected<unknown, infer C> ? C : never

// A discriminator's value without a choice (a link kind of a newer kernel) is decoded too, with raw bytes beside it.
// The types omit that: TypeScript does not narrow a union by `kind === 'vxlan'` once a member accepts any string.
type DiscriminatedValue<T, K extends keyof T, S extends keyof T, C> =
  | {
      [P in keyof C]: Flat<
        { -readonly [D in keyof T as D extends S ? D : never]: P } & {
          -readonly [D in keyof T as D extends K ? D : never]?: Value<C[P]>
        } & PlainValue<Omit<T, K | S>> &
          UnknownAttributes
      >
    }[keyof C]
  | Flat<{ [D in K | S]?: never } & PlainValue<Omit<T, K | S>> & UnknownAttributes>
type DiscriminatedInput<T, K extends keyof T, S extends keyof T, C> =
  | {
      [P in keyof C]: Flat<
        { readonly [D in keyof T as D extends S ? D : never]: P } & {
          readonly [D in keyof T as D extends K ? D : never]?: Input<C[P]> | undefined
        } & PlainInput<Omit<T, K | S>> &
          UnknownAttributesInput
      >
    }[keyof C]
  // Omits the selected attribute, so that TypeScript reports a wrong key in it against its own choice alone.
  | Flat<{ readonly [D in S]?: never } & PlainInput<Omit<T, K | S>> & UnknownAttributesInput>

/** The table less its padding attribute, which neither decoding gives nor encoding takes. */
type Unpadded<T> = 'pad' extends keyof T ? Omit<T, 'pad'> : T

/** What decoding a set of this table gives. */
export type AttributesValue<T> = ValueOf<Unpadded<T>>
/** What encoding a set of this table takes. */
export type AttributesInput<T> = InputOf<Unpadded<T>>

type ValueOf<T> = [SelectedKey<T>] extends [never]
  ? Flat<PlainValue<T> & UnknownAttributes>
  : DiscriminatedValue<T, SelectedKey<T>, DiscriminatorKey<T, SelectedKey<T>>, ChoicesAt<T, SelectedKey<T>>>
type InputOf<T> = [SelectedKey<T>] extends [never]
  ? Flat<PlainInput<T> & UnknownAttributesInput>
  : DiscriminatedInput<T, SelectedKey<T>, DiscriminatorKey<T, SelectedKey<T>>, ChoicesAt<T, SelectedKey<T>>>
