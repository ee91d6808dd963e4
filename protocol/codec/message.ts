import { align } from './align.js'
import type { AttributesInput, AttributesValue, AttributeTable, Flat } from './attribute-types.js'
import type { AttributesCodec, HeaderFields } from './attributes.js'
import type { AnyCodec, Codec, Parent } from './codec.js'
import { EncodeError } from './errors.js'
import { lazy } from './lazy.js'
import { reader } from './reader.js'
import type { StructCodec, StructFields, StructInput, StructValue } from './struct.js'

/** A header's fields and the attributes in one flat object. */
export type MessageValue<F extends StructFields, T extends AttributeTable> = Flat<
  StructValue<F> & AttributesValue<T>
>
export type MessageInput<F extends StructFields, T extends AttributeTable> = Flat<
  StructInput<F> & AttributesInput<T>
>

export interface MessageCodec<F extends StructFields, T extends AttributeTable>
  extends Codec<MessageValue<F, T>, MessageInput<F, T>> {
  readonly header: StructCodec<F>
  readonly attributes: AttributesCodec<T>
}

/**
 * Declares a message: a fixed header followed by attributes.
 *
 * A name that both have is one value that outgrew its header field (`rtm_table` and RTA_TABLE, `ifa_flags` and
 * IFA_FLAGS). When reading, the attribute takes precedence. When writing, the header holds the value if it fits;
 * otherwise the attribute does, and the header's field is zero, as iproute2 sends it.
 */
export function message<F extends StructFields, T extends AttributeTable>(
  header: StructCodec<F>,
  attributes: AttributesCodec<T>,
): MessageCodec<F, T> {
  /** Header field → the attribute of the same name, and the first number that is too large for the field. */
  const fields = lazy(() => {
    const entries = header.layout.map(({ name, codec }) => {
      const attribute: AnyCodec | undefined = attributes.table[name]?.[1]
      return [name, { attribute, limit: 2 ** (codec.size * 8) }] as const
    })
    return new Map(entries)
  })
  const outgrown = lazy(() => header.layout.filter(({ name }) => name in attributes.table))

  function fitsHeader(name: string, value: unknown): boolean {
    const field = fields().get(name)
    if (field === undefined) return false
    return field.attribute === undefined || numberOf(field.attribute, value) < field.limit
  }

  const headerFields: HeaderFields = { layout: header.layout, holds: fitsHeader }
  const bodyOffset = () => align(header.size)

  return {
    header,
    attributes,
    decode: reader({
      header: header as unknown as StructCodec<StructFields>,
      members: attributes.table,
    }) as Codec<MessageValue<F, T>>['decode'],
    encode(out, value, parent) {
      if (typeof value !== 'object' || value === null) throw new EncodeError(value, 'an object')
      const given = value as Parent
      let head = given
      for (const { name } of outgrown()) {
        if (given[name] !== undefined && !fitsHeader(name, given[name])) head = { ...head, [name]: undefined }
      }
      header.encode(out, head as StructInput<F>, parent)
      out.align()
      attributes.encodeFrom(out, given, headerFields)
    },
    locate(view, at, length, target, parent) {
      const body = at + bodyOffset()
      if (target >= body) return attributes.locate?.(view, body, length - bodyOffset(), target, parent)
      const field = header.layout.find(
        ({ offset, codec }) => target >= at + offset && target < at + offset + codec.size,
      )
      return field && { path: [field.name], codec: field.codec }
    },
  }
}

/** The number that a name, a number or a set of flags stands for; 0 for anything else, which the codec will refuse. */
function numberOf(codec: AnyCodec & { names?: Readonly<Record<string, number>> }, value: unknown): number {
  if (Array.isArray(value)) {
    return value.reduce((bits: number, one) => (bits | numberOf(codec, one)) >>> 0, 0)
  }
  if (typeof value === 'number') return value
  return (typeof value === 'string' && codec.names?.[value]) || 0
}
