import type { AttributesCodec, AttributesInput, AttributesValue, AttributeTable } from './attributes.js'
import type { AnyCodec, Codec, Owner } from './codec.js'
import { EncodeError } from './errors.js'
import type { StructCodec, StructFields, StructInput, StructValue } from './struct.js'

type Field<F, K> = K extends keyof F ? F[K] : never

/** A header's fields and its attributes in one flat object; of a name that both have, the attribute's type. */
export type MessageValue<F extends StructFields, T extends AttributeTable> = {
  [K in keyof StructValue<F>]: StructValue<F>[K]
} & AttributesValue<T>
export type MessageInput<F extends StructFields, T extends AttributeTable> = {
  readonly [K in keyof StructInput<F>]?: Field<StructInput<F>, K> | undefined
} & AttributesInput<T>

export interface MessageCodec<F extends StructFields, T extends AttributeTable>
  extends Codec<MessageValue<F, T>, MessageInput<F, T>> {
  readonly header: StructCodec<F>
  readonly attributes: AttributesCodec<T>
}

/**
 * Declares a message: a fixed header with attributes behind it.
 *
 * A name that stands in both is one value that outgrew its header field (`rtm_table` and RTA_TABLE, `ifa_flags`
 * and IFA_FLAGS): reading, the attribute wins; writing, the header takes it if it fits, else the attribute
 * does and the header says zero, as iproute2 sends it.
 */
export function message<F extends StructFields, T extends AttributeTable>(
  header: StructCodec<F>,
  attributes: AttributesCodec<T>,
): MessageCodec<F, T> {
  const fields = new Map(
    header.places.map(({ name, codec }) => [
      name,
      { attribute: attributes.table[name]?.[1], limit: 2 ** (codec.size * 8) },
    ]),
  )
  const outgrown = header.places.filter((place) => place.name in attributes.table)

  /** Whether the header can say this value. */
  function fits(name: string, value: unknown): boolean {
    const field = fields.get(name)
    if (field === undefined) return false
    return field.attribute === undefined || numberOf(field.attribute, value) < field.limit
  }

  return {
    header,
    attributes,
    decode(view, at, length, owner) {
      const value = header.decode(view, at, length, owner) as Owner
      const rest = (header.size + 3) & ~3
      if (length > rest) attributes.decodeInto(value, view, at + rest, length - rest)
      return value as MessageValue<F, T>
    },
    encode(out, value, owner) {
      if (typeof value !== 'object' || value === null) throw new EncodeError(value, 'an object')
      const given = value as Owner
      let head = given
      for (const { name } of outgrown) {
        if (given[name] !== undefined && !fits(name, given[name])) head = { ...head, [name]: undefined }
      }
      header.encode(out, head as StructInput<F>, owner)
      out.align()
      attributes.encodeFrom(out, given, fits)
    },
    locate(view, at, length, target, owner) {
      const rest = (header.size + 3) & ~3
      if (target >= at + rest) return attributes.locate?.(view, at + rest, length - rest, target, owner)
      const place = header.places.find(
        ({ offset, codec }) => target >= at + offset && target < at + offset + codec.size,
      )
      return place && { path: [place.name], codec: place.codec }
    },
  }
}

/** The number that a name or a set of flags stands for; 0 where there is none: the codec will say so. */
function numberOf(codec: AnyCodec & { names?: Readonly<Record<string, number>> }, value: unknown): number {
  if (Array.isArray(value)) {
    return value.reduce((bits: number, one) => (bits | numberOf(codec, one)) >>> 0, 0)
  }
  if (typeof value === 'number') return value
  return (typeof value === 'string' && codec.names?.[value]) || 0
}
