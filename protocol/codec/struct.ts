import layouts from 'buffer-layout'
import type { AnyFixedCodec, Codec, Input, Parent, SourceScope, Value } from './codec.js'
import { compileSource, tiered } from './compile.js'
import { DecodeError, EncodeError, withPath } from './errors.js'
import { lazy } from './lazy.js'

/** Unnamed bytes within a struct: zeros on the wire, absent from the value. */
export interface Padding {
  readonly padding: number
}

export const pad = (bytes: number): Padding => ({ padding: bytes })

export type StructFields = Readonly<Record<string, AnyFixedCodec | Padding>>

/** Decoding gives every field. */
export type StructValue<F> = {
  -readonly [K in keyof F as F[K] extends Padding ? never : K]: Value<F[K]>
} & {}
/** Encoding takes any of the fields; the others are zero. */
export type StructInput<F> = {
  readonly [K in keyof F as F[K] extends Padding ? never : K]?: Input<F[K]> | undefined
} & {}

export interface StructCodec<F extends StructFields> extends Codec<StructValue<F>, StructInput<F>> {
  readonly size: number
  readonly fields: F
  /** The named fields with their offsets, in the order of the wire. */
  readonly layout: readonly FieldLayout[]
}

export interface FieldLayout {
  readonly name: string
  readonly offset: number
  readonly codec: AnyFixedCodec
}

/**
 * A fixed C struct. buffer-layout computes the offsets (without implicit padding: holes of the uapi's structs are
 * declared with {@link pad}); the fields' codecs read and write there.
 *
 * A struct that is shorter on the wire, such as an older kernel's statistics, reads zeros for the missing fields; with
 * `exact` (message headers) that is a {@link DecodeError}.
 */
export function struct<const F extends StructFields>(
  fields: F,
  options: { exact?: boolean } = {},
): StructCodec<F> {
  const measured = lazy(() => measure(fields))
  const source = (at: string, length: number, scope: SourceScope) =>
    length < measured().size ? undefined : `({ ${membersSource(measured().layout, at, scope).join(', ')} })`
  const decodeWhole = tiered(
    (view, at, _length, parent) => readFields(measured().layout, view, at, parent),
    () =>
      compileSource<Codec<Record<string, unknown>>['decode']>(
        (scope) => `(view, at, length, parent) => ${source('at', measured().size, scope)}`,
      ),
  )
  return {
    fields,
    get size() {
      return measured().size
    },
    get layout() {
      return measured().layout
    },
    source,
    decode(view, at, length, parent) {
      const { size } = measured()
      if (length >= size) return decodeWhole(view, at, length, parent) as StructValue<F>
      if (options.exact) throw new DecodeError(`a header of ${size} bytes expected, got ${length}`)
      const whole = new Uint8Array(size)
      whole.set(new Uint8Array(view.buffer, view.byteOffset + at, length))
      return decodeWhole(new DataView(whole.buffer), 0, size, parent) as StructValue<F>
    },
    encode(out, value, parent) {
      const { size, layout } = measured()
      if (typeof value !== 'object' || value === null) {
        throw new EncodeError(value, `an object with ${layout.map(({ name }) => name).join(', ')}`)
      }
      const start = out.at
      out.zeros(size)
      const given = value as Record<string, unknown>
      let name = ''
      try {
        for (const field of layout) {
          name = field.name
          const member = given[name]
          if (member === undefined) continue
          out.at = start + field.offset
          field.codec.encode(out, member as never, parent)
        }
      } catch (error) {
        throw withPath(error, name)
      }
      out.at = start + size
    },
  }
}

function measure(fields: StructFields): { size: number; layout: FieldLayout[] } {
  const structure = layouts.struct(
    Object.entries(fields).map(([name, field]) =>
      'padding' in field ? layouts.blob(field.padding, name) : layoutOf(field, name),
    ),
  )
  const layout = Object.entries(fields).flatMap(([name, codec]) =>
    'padding' in codec ? [] : [{ name, codec, offset: structure.offsetOf(name) as number }],
  )
  return { size: structure.span, layout }
}

/** `name: expression` for each field of a struct at `at`. */
function membersSource(layout: readonly FieldLayout[], at: string, scope: SourceScope): string[] {
  return layout.map((field) => `${JSON.stringify(field.name)}: ${fieldSource(field, at, scope)}`)
}

/** The expression that reads one field of a struct at `at`. */
export function fieldSource({ codec, offset }: FieldLayout, at: string, scope: SourceScope): string {
  const position = `${at} + ${offset}`
  return (
    codec.source?.(position, codec.size, scope) ??
    `${scope.bind(codec.decode)}(view, ${position}, ${codec.size}, ${scope.parent})`
  )
}

/** Reads the fields of a struct, one after the other. */
function readFields(
  layout: readonly FieldLayout[],
  view: DataView,
  at: number,
  parent: Parent,
): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const { name, codec, offset } of layout) {
    value[name] = codec.decode(view, at + offset, codec.size, parent)
  }
  return value
}

function layoutOf(codec: AnyFixedCodec, name: string): layouts.Layout {
  if (!('big' in codec && 'min' in codec)) return layouts.blob(codec.size, name)
  const integers: Record<string, (property: string) => layouts.Layout> = {
    '1': codec.min === 0 ? layouts.u8 : layouts.s8,
    '2': codec.min === 0 ? layouts.u16 : layouts.s16,
    '2be': codec.min === 0 ? layouts.u16be : layouts.s16be,
    '4': codec.min === 0 ? layouts.u32 : layouts.s32,
    '4be': codec.min === 0 ? layouts.u32be : layouts.s32be,
  }
  const make = integers[`${codec.size}${codec.big && codec.size > 1 ? 'be' : ''}`]
  return make ? make(name) : layouts.blob(codec.size, name)
}
