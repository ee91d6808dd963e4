import type { AnyCodec, Codec, Input, Located, Owner, Value } from './codec.js'
import { setter } from './compile.js'
import { DecodeError, EncodeError, withPath } from './errors.js'
import { copyOf, type Writer } from './writer.js'

/* include/uapi/linux/netlink.h: struct nlattr and the bits of nla_type. */
const HEADER = 4
const NLA_F_NESTED = 0x8000
const NLA_F_NET_BYTEORDER = 0x4000
export const NLA_TYPE_MASK = 0x3fff

/** Attribute name → [number, codec]. The name is the uapi's in camelCase, less its prefix. */
export type AttributeTable = Readonly<Record<string, readonly [type: number, codec: AnyCodec]>>

/** An attribute that the table does not know, kept as it came so that it can be sent back. */
export interface UnknownAttribute {
  /** `nla_type`, its flag bits included. */
  readonly type: number
  readonly data: Uint8Array
}

export interface Rest {
  /** What the table does not know, in the order of the wire. */
  unknown?: UnknownAttribute[]
}
export interface RestInput {
  readonly unknown?: readonly UnknownAttribute[] | undefined
}

// A selected attribute goes with its sibling when both are of this table: a union over the sibling's values.
type Selected<Sibling, C> = readonly [number, { readonly sibling: Sibling; readonly choices: C }]
type Paired<T> = {
  [K in keyof T]: T[K] extends Selected<infer S, unknown> ? (S extends keyof T ? K : never) : never
}[keyof T]
type Siblings<T> = { [K in keyof T]: T[K] extends Selected<infer S, unknown> ? S & keyof T : never }[keyof T]

type Simple<T> = Omit<T, Paired<T> | Siblings<T>>
type CodecOf<T, K extends keyof T> = T[K] extends readonly [number, infer C] ? C : never
type Repeated<C, One, Many> = C extends { readonly multiple: true } ? Many : One

type SimpleValue<T> = {
  [K in keyof T]?: Repeated<CodecOf<T, K>, Value<CodecOf<T, K>>, Value<CodecOf<T, K>>[]>
}
type SimpleInput<T> = {
  readonly [K in keyof T]?:
    | Repeated<CodecOf<T, K>, Input<CodecOf<T, K>>, readonly Input<CodecOf<T, K>>[]>
    | undefined
}

// A name without a declaration (a link kind of a newer kernel) is decoded all the same, with raw bytes beside it. The
// types leave it out: TypeScript does not narrow a union by `kind === 'vxlan'` once it has a member of any string.
type PairValue<K extends PropertyKey, S extends PropertyKey, C> =
  | { [P in keyof C]: { [s in S]: P } & { [k in K]?: Value<C[P]> } }[keyof C]
  | { [name in S | K]?: never }
type PairInput<K extends PropertyKey, S extends PropertyKey, C> =
  | { [P in keyof C]: { readonly [s in S]: P } & { readonly [k in K]?: Input<C[P]> | undefined } }[keyof C]
  | { readonly [name in S | K]?: never }

type Both<U> = (U extends unknown ? (u: U) => void : never) extends (all: infer I) => void ? I : never
type PairValues<T> = Both<
  {
    [K in Paired<T>]: T[K] extends Selected<infer S extends PropertyKey, infer C>
      ? { pair: PairValue<K, S, C> }
      : never
  }[Paired<T>]
>
type PairInputs<T> = Both<
  {
    [K in Paired<T>]: T[K] extends Selected<infer S extends PropertyKey, infer C>
      ? { pair: PairInput<K, S, C> }
      : never
  }[Paired<T>]
>
type Unwrap<P> = P extends { pair: infer U } ? U : unknown

/** What decoding a set of this table gives. */
export type AttributesValue<T> = [Paired<T>] extends [never]
  ? SimpleValue<T> & Rest
  : SimpleValue<Simple<T>> & Rest & Unwrap<PairValues<T>>
/** What encoding a set of this table takes. */
export type AttributesInput<T> = [Paired<T>] extends [never]
  ? SimpleInput<T> & RestInput
  : SimpleInput<Simple<T>> & RestInput & Unwrap<PairInputs<T>>

export interface AttributesCodec<T extends AttributeTable>
  extends Codec<AttributesValue<T>, AttributesInput<T>> {
  readonly nested: true
  readonly table: T
  /** Decodes into an object that has the header's fields already. */
  decodeInto(value: Owner, view: DataView, at: number, length: number): void
  /** Encodes what is the table's own among the fields of a value; `skip` tells which are the header's. */
  encodeFrom(out: Writer, value: Owner, skip?: (name: string, member: unknown) => boolean): void
}

interface Entry {
  readonly name: string
  readonly type: number
  readonly codec: AnyCodec
  // Of the codec, where dispatch finds them at once.
  readonly decode: AnyCodec['decode']
  readonly swapped: AnyCodec['decode']
  readonly multiple: boolean
  readonly deferred: boolean
  readonly set: (value: Owner, member: unknown) => void
}

function entryOf(name: string, type: number, codec: AnyCodec): Entry {
  const { decode, swapped = codec, multiple = false, deferred = false } = codec
  const set = (codec.assign as Entry['set'] | undefined) ?? setter(name)
  return { name, type, codec, decode, swapped: swapped.decode, multiple, deferred, set }
}

/** Declares a set of attributes: a nested attribute's payload, or what follows a message's header. */
export function attributes<const T extends AttributeTable>(table: T): AttributesCodec<T> {
  const byName = new Map<string, Entry>()
  const byType: (Entry | undefined)[] = []
  for (const [name, [type, codec]] of Object.entries(table)) {
    const entry = entryOf(name, type, codec)
    byName.set(name, entry)
    byType[type] = entry
  }

  function decodeInto(value: Owner, view: DataView, start: number, length: number): void {
    const end = start + length
    let later: number[] | undefined
    let at = start
    let entry: Entry | undefined
    try {
      while (at + HEADER <= end) {
        const size = view.getUint16(at, true)
        if (size < HEADER || at + size > end) {
          entry = undefined
          throw new DecodeError(
            `an attribute of ${size} bytes at offset ${at - start} in a set of ${length} bytes`,
          )
        }
        const type = view.getUint16(at + 2, true)
        entry = byType[type & NLA_TYPE_MASK]
        if (entry === undefined) keep(value, type, view, at + HEADER, size - HEADER)
        else if (entry.deferred) {
          later ??= []
          later.push(at)
        } else decodeMember(value, entry, type, view, at + HEADER, size - HEADER)
        at += (size + 3) & ~3
      }
      if (later !== undefined) {
        for (const at of later) {
          const type = view.getUint16(at + 2, true)
          entry = byType[type & NLA_TYPE_MASK] as Entry
          decodeMember(value, entry, type, view, at + HEADER, view.getUint16(at, true) - HEADER)
        }
      }
    } catch (error) {
      throw entry ? withPath(error, entry.name) : error
    }
  }

  function encodeFrom(out: Writer, value: Owner, skip?: (name: string, member: unknown) => boolean): void {
    for (const name in value) {
      const member = value[name]
      if (member === undefined || skip?.(name, member)) continue
      const entry = byName.get(name)
      if (entry !== undefined) encodeMember(out, entry, member, value)
      else if (name === 'unknown') resend(out, member as readonly UnknownAttribute[])
      else throw unknownName(name, member)
    }
  }

  function unknownName(name: string, member: unknown): EncodeError {
    const names = Object.keys(table).join(', ')
    return new EncodeError(
      member,
      `one of ${names}`,
      `no attribute has this name; there are ${names}`,
    ).within(name)
  }

  return {
    nested: true,
    table,
    decodeInto,
    encodeFrom,
    decode(view, at, length) {
      const value: Owner = {}
      decodeInto(value, view, at, length)
      return value as AttributesValue<T>
    },
    encode(out, value) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new EncodeError(value, `an object of ${Object.keys(table).join(', ')}`)
      }
      encodeFrom(out, value as Owner)
    },
    locate(view, start, length, target, owner) {
      for (const { type, at, size } of walk(view, start, length)) {
        if (target < at || target >= at + size) continue
        const entry = byType[type & NLA_TYPE_MASK]
        if (entry === undefined) return undefined
        const { name, codec } = entry
        // A sibling is asked of this set's value, deeper ones of the member's own.
        const context = codec.deferred ? owner : ((owner[name] ?? {}) as Owner)
        const found = codec.locate?.(view, at + HEADER, size - HEADER, target, context)
        return deeper(name, found, codec.resolve?.(owner) ?? codec)
      }
      return undefined
    },
  }
}

/** The attributes that lie between two bytes, as far as their lengths make sense. */
export function* walk(
  view: DataView,
  start: number,
  length: number,
): Generator<{ type: number; at: number; size: number }> {
  for (let at = start; at + HEADER <= start + length; ) {
    const size = view.getUint16(at, true)
    if (size < HEADER || at + size > start + length) return
    yield { type: view.getUint16(at + 2, true), at, size }
    at += (size + 3) & ~3
  }
}

/** The place found within a member, or the member itself. */
export function deeper(key: string, found: Located | undefined, codec: AnyCodec): Located {
  return found ? { path: [key, ...found.path], codec: found.codec } : { path: [key], codec }
}

function decodeMember(
  value: Owner,
  entry: Entry,
  type: number,
  view: DataView,
  at: number,
  length: number,
): void {
  const decode = type & NLA_F_NET_BYTEORDER ? entry.swapped : entry.decode
  const member = decode(view, at, length, value)
  if (!entry.multiple) entry.set(value, member)
  else if (value[entry.name] === undefined) entry.set(value, [member])
  else (value[entry.name] as unknown[]).push(member)
}

function keep(value: Owner, type: number, view: DataView, at: number, length: number): void {
  value['unknown'] ??= []
  ;(value['unknown'] as UnknownAttribute[]).push({ type, data: copyOf(view, at, length) })
}

function encodeMember(out: Writer, entry: Entry, member: unknown, owner: Owner): void {
  const { name, type, codec } = entry
  try {
    if (!entry.multiple) encodeAttribute(out, type, codec, member, owner)
    else if (!Array.isArray(member)) throw new EncodeError(member, 'an array')
    else for (const one of member) encodeAttribute(out, type, codec, one, owner)
  } catch (error) {
    throw withPath(error, name)
  }
}

/** Writes one attribute: its header, its payload, and zeros to the next multiple of four. */
export function encodeAttribute(
  out: Writer,
  type: number,
  codec: AnyCodec,
  value: unknown,
  owner: Owner,
): void {
  const start = out.reserve(HEADER)
  codec.encode(out, value as never, owner)
  if (codec.presence && value === false) {
    out.at = start
    return
  }
  const nested = codec.nested && !(value instanceof Uint8Array) ? NLA_F_NESTED : 0
  finish(out, start, type | nested)
}

function resend(out: Writer, unknown: readonly UnknownAttribute[]): void {
  for (const { type, data } of unknown) {
    const start = out.reserve(HEADER)
    out.write(data)
    finish(out, start, type)
  }
}

function finish(out: Writer, start: number, type: number): void {
  const size = out.at - start
  if (size > 0xffff) throw new EncodeError(size, 'an attribute of at most 65535 bytes')
  out.view.setUint16(start, size, true)
  out.view.setUint16(start + 2, type, true)
  out.align()
}
