import { suggestion } from '../nearest.js'
import type { AttributesInput, AttributesValue, AttributeTable } from './attribute-types.js'
import type { AnyCodec, Codec, Located, Parent } from './codec.js'
import { EncodeError, withPath } from './errors.js'
import { lazy } from './lazy.js'
import { padding } from './plan.js'
import { reader } from './reader.js'
import { ATTRIBUTE_HEADER_SIZE, AttributeWalk, NLA_F_NESTED, NLA_TYPE_MASK } from './walk.js'
import type { Writer } from './writer.js'

/** The header before the attributes of a message, as far as the encoding of attributes depends on it. */
export interface HeaderFields {
  readonly layout: readonly { readonly name: string }[]
  /** Whether the header holds this member, so that no attribute is needed. */
  holds(name: string, member: unknown): boolean
}

export interface AttributesCodec<T extends AttributeTable>
  extends Codec<AttributesValue<T>, AttributesInput<T>> {
  readonly nested: true
  readonly table: T
  /** Encodes the members of `value`, except those that the message's header holds. */
  encodeFrom(out: Writer, value: Parent, header?: HeaderFields): void
}

/**
 * Declares a set of attributes: a nested attribute's payload, or what follows a message's header.
 *
 * ```ts
 * const set = attributes({ id: [1, u32], mode: [2, enumeration(u8, { private: 1, vepa: 2 })] })
 * set.encode(out, { id: 5, mode: 'vepa' }, {})
 * ```
 */
export function attributes<const T extends AttributeTable>(table: T): AttributesCodec<T> {
  const byName = lazy(() => new Map(Object.entries(table).filter(([, [, codec]]) => codec !== padding)))

  function encodeFrom(out: Writer, value: Parent, header?: HeaderFields): void {
    const entries = byName()
    for (const name in value) {
      const member = value[name]
      if (member === undefined || header?.holds(name, member)) continue
      const entry = entries.get(name)
      if (entry !== undefined) encodeMember(out, name, entry, member, value)
      else if (name === 'unknown') encodeUnknown(out, member, table)
      else throw unknownName(name, member, header)
    }
  }

  function unknownName(name: string, member: unknown, header: HeaderFields | undefined): EncodeError {
    const fields = header?.layout.map((field) => field.name) ?? []
    const known = [...new Set([...fields, ...byName().keys()])]
    return new EncodeError(
      member,
      `one of ${known.join(', ')}`,
      `is not an attribute here; ${suggestion(name, known)}`,
    ).within(name)
  }

  return {
    nested: true,
    table,
    encodeFrom,
    decode: reader({ members: table }) as Codec<AttributesValue<T>>['decode'],
    encode(out, value) {
      // Attributes that are encoded already, where a bulk repeats them.
      if ((value as unknown) instanceof Uint8Array) return out.write(value as unknown as Uint8Array)
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new EncodeError(value, `an object with ${[...byName().keys()].join(', ')}`)
      }
      encodeFrom(out, value as Parent)
    },
    locate(view, start, length, target, parent) {
      const walk = new AttributeWalk(view, start, length)
      while (walk.next()) {
        if (target < walk.at - ATTRIBUTE_HEADER_SIZE || target >= walk.at + walk.length) continue
        const type = walk.type & NLA_TYPE_MASK
        const found = Object.entries(table).find(([, [number]]) => number === type)
        if (found === undefined) return undefined
        const [name, [, codec]] = found
        // A selected member looks its sibling up in this set's value; others look into their own.
        const context = codec.sibling === undefined ? ((parent[name] ?? {}) as Parent) : parent
        const within = codec.locate?.(view, walk.at, walk.length, target, context)
        return prefixed(name, within, codec.resolve?.(parent) ?? codec)
      }
      return undefined
    },
  }
}

/** The position found within a member, its path prefixed with the member's key; the member itself if there is none. */
export function prefixed(key: string, found: Located | undefined, codec: AnyCodec): Located {
  return found ? { path: [key, ...found.path], codec: found.codec } : { path: [key], codec }
}

function encodeMember(
  out: Writer,
  name: string,
  [type, codec]: readonly [number, AnyCodec],
  member: unknown,
  parent: Parent,
): void {
  try {
    if (!codec.multiple) encodeAttribute(out, type, codec, member, parent)
    else if (!Array.isArray(member)) throw new EncodeError(member, 'an array')
    else for (const one of member) encodeAttribute(out, type, codec, one, parent)
  } catch (error) {
    throw withPath(error, name)
  }
}

/** Writes one attribute: its header, its payload, and zeros up to the next multiple of four. */
export function encodeAttribute(
  out: Writer,
  type: number,
  codec: AnyCodec,
  value: unknown,
  parent: Parent,
): void {
  const start = out.reserve(ATTRIBUTE_HEADER_SIZE)
  codec.encode(out, value as never, parent)
  if (codec.presence && value === false) {
    out.at = start
    return
  }
  const nested = codec.nested && !(value instanceof Uint8Array) ? NLA_F_NESTED : 0
  endAttribute(out, start, type | nested)
}

/** The attributes of `unknown` are those that the table does not declare: each has one way in. */
function encodeUnknown(out: Writer, unknown: unknown, table: AttributeTable): void {
  try {
    if (!Array.isArray(unknown)) throw new EncodeError(unknown, 'an array of { type, data }')
    for (const [i, attribute] of unknown.entries()) {
      try {
        encodeOneUnknown(out, attribute, table)
      } catch (error) {
        throw withPath(error, String(i))
      }
    }
  } catch (error) {
    throw withPath(error, 'unknown')
  }
}

function encodeOneUnknown(out: Writer, attribute: unknown, table: AttributeTable): void {
  if (typeof attribute !== 'object' || attribute === null) throw new EncodeError(attribute, '{ type, data }')
  const { type, data } = attribute as { readonly type: unknown; readonly data: unknown }
  if (typeof type !== 'number' || !Number.isInteger(type) || type < 0 || type > 0xffff) {
    throw new EncodeError(type, 'an integer from 0 to 65535').within('type')
  }
  const declared = Object.entries(table).find(([, [number]]) => number === (type & NLA_TYPE_MASK))
  if (declared !== undefined) {
    const [name] = declared
    const what = `is the number of an attribute that is not unknown: ${name}`
    throw new EncodeError(type, 'the number of an attribute that is not declared', what).within('type')
  }
  if (!(data instanceof Uint8Array)) throw new EncodeError(data, 'a Uint8Array').within('data')
  const start = out.reserve(ATTRIBUTE_HEADER_SIZE)
  out.write(data)
  endAttribute(out, start, type)
}

function endAttribute(out: Writer, start: number, type: number): void {
  const size = out.at - start
  if (size > 0xffff) {
    throw new EncodeError(
      size,
      'at most 65535 bytes long with its header',
      `is too long: an attribute has at most 65535 bytes, this one ${size}`,
    )
  }
  out.view.setUint16(start, size, true)
  out.view.setUint16(start + 2, type, true)
  out.align()
}
