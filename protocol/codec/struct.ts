import layouts from 'buffer-layout'
import type { AnyFixedCodec, Codec, Input, Owner, Value } from './codec.js'
import { compileBound } from './compile.js'
import { DecodeError, EncodeError, withPath } from './errors.js'

/** Unnamed bytes within a struct: zeros on the wire, nothing in the value. */
export interface Padding {
  readonly padding: number
}

export const pad = (bytes: number): Padding => ({ padding: bytes })

export type StructFields = Readonly<Record<string, AnyFixedCodec | Padding>>

type Named<F> = { [K in keyof F as F[K] extends Padding ? never : K]: F[K] }

/** Decoding gives every field; encoding takes any of them, the others are zero. */
export type StructValue<F> = { [K in keyof Named<F>]: Value<Named<F>[K]> }
export type StructInput<F> = { readonly [K in keyof Named<F>]?: Input<Named<F>[K]> | undefined }

export interface StructCodec<F extends StructFields> extends Codec<StructValue<F>, StructInput<F>> {
  readonly size: number
  readonly fields: F
  /** Each named field with its place, in order: what hot paths read by. */
  readonly places: readonly Place[]
}

export interface Place {
  readonly name: string
  readonly offset: number
  readonly codec: AnyFixedCodec
}

/**
 * A fixed C struct. buffer-layout lays it out (no implicit padding: the uapi's holes are declared with
 * {@link pad}); the fields' codecs read and write at the offsets that it gives.
 *
 * A struct that is shorter on the wire, as an older kernel's statistics are, reads zeros for what is missing;
 * with `exact` that is a `DecodeError` (message headers).
 */
export function struct<const F extends StructFields>(
  fields: F,
  options: { exact?: boolean } = {},
): StructCodec<F> {
  const layout = layouts.struct(
    Object.entries(fields).map(([name, field]) =>
      'padding' in field ? layouts.blob(field.padding, name) : layoutOf(field, name),
    ),
  )
  const places: Place[] = []
  for (const [name, codec] of Object.entries(fields)) {
    if (!('padding' in codec)) places.push({ name, codec, offset: layout.offsetOf(name) as number })
  }
  const size = layout.span

  const decodeFrom = decoderOf(places) as (view: DataView, at: number, owner: Owner) => StructValue<F>

  return {
    size,
    fields,
    places,
    decode(view, at, length, owner) {
      if (length >= size) return decodeFrom(view, at, owner)
      if (options.exact) throw new DecodeError(`a header of ${size} bytes expected, ${length} there`)
      const whole = new Uint8Array(size)
      whole.set(new Uint8Array(view.buffer, view.byteOffset + at, length))
      return decodeFrom(new DataView(whole.buffer), 0, owner)
    },
    encode(out, value, owner) {
      if (typeof value !== 'object' || value === null) {
        throw new EncodeError(value, `an object of ${places.map((place) => place.name).join(', ')}`)
      }
      const start = out.at
      out.zeros(size)
      const given = value as Record<string, unknown>
      let name = ''
      try {
        for (const place of places) {
          name = place.name
          const member = given[name]
          if (member === undefined) continue
          out.at = start + place.offset
          place.codec.encode(out, member as never, owner)
        }
      } catch (error) {
        throw withPath(error, name)
      }
      out.at = start + size
    },
  }
}

type Decode = (view: DataView, at: number, owner: Owner) => Record<string, unknown>

/** Reads all fields into one object literal where code may be made, else one after the other. */
function decoderOf(places: readonly Place[]): Decode {
  const compiled = compileBound<Decode>((bind) => {
    const members = places.map(({ name, offset, codec }) => {
      const at = `at + ${offset}`
      const read = codec.source?.(at, bind) ?? `${bind(codec.decode)}(view, ${at}, ${codec.size}, owner)`
      return `${JSON.stringify(name)}: ${read}`
    })
    return `(view, at, owner) => ({ ${members.join(', ')} })`
  })
  return (
    compiled ??
    ((view, at, owner) => {
      const value: Record<string, unknown> = {}
      for (const { name, codec, offset } of places) {
        value[name] = codec.decode(view, at + offset, codec.size, owner)
      }
      return value
    })
  )
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
