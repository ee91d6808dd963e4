import { align } from './align.js'
import type { UnknownAttribute } from './attribute-types.js'
import type { Decoder, Parent } from './codec.js'
import { COMPILE_AFTER } from './compile.js'
import { DecodeError, withPath } from './errors.js'
import { compileShape, shapeOf } from './shape.js'
import type { StructCodec, StructFields, StructValue } from './struct.js'
import { AttributeWalk, NLA_F_NET_BYTEORDER, NLA_TYPE_MASK } from './walk.js'
import { copyOf } from './writer.js'

/** Member name → [attribute number, how it is read]. */
export type MemberTable = Readonly<Record<string, readonly [type: number, decoder: Decoder<unknown>]>>

/** Members from a message's header: the name of a field, or a function of the decoded header. */
export type HeadMembers<Header> = Readonly<
  Record<string, (keyof Header & string) | ((header: Header) => unknown)>
>

interface ReaderSpec {
  readonly header?: StructCodec<StructFields> | undefined
  readonly head?: HeadMembers<never>
  readonly members: MemberTable
}

export type ReadObject = (
  view: DataView,
  at: number,
  length: number,
  parent: Parent,
) => Record<string, unknown>

/** What a reader knows of its table, in the form that reading needs. */
export interface Plan {
  readonly header: StructCodec<StructFields> | undefined
  /** From the start of the message to its attributes. */
  readonly bodyOffset: number
  readonly head: readonly (readonly [name: string, field: string | ((header: never) => unknown)])[]
  /** By attribute number. */
  readonly byType: readonly (Member | undefined)[]
}

export interface Member {
  readonly name: string
  readonly decoder: Decoder<unknown>
  /** Its sibling is an attribute of the same set, which may come later on the wire. */
  readonly selected: boolean
}

/** An attribute that is declared and left out of the object. */
export const ignored: Decoder<undefined> = { decode: () => undefined, assign: () => {} }

/** Shapes that a reader compiles; messages of further ones are read the plain way. */
const SHAPES_MAX = 64

/** A shape that has been seen: how often, until it has a compiled reader. */
interface Shape {
  seen: number
  read: CompiledRead | undefined
}

/** Reads messages of exactly one shape; undefined for any other message. */
export type CompiledRead = (
  view: DataView,
  at: number,
  length: number,
  parent: Parent,
) => Record<string, unknown> | undefined

const matchesNothing: CompiledRead = () => undefined

/**
 * Makes a function that decodes a header and attributes into one object. It has two tiers: {@link readPlain} interprets the
 * table; for a shape (the sequence of attribute types) that was seen often, a reader of exactly that shape is compiled,
 * which checks the shape as it goes. Errors of compiled readers are repeated the plain way, which knows their paths.
 */
export function reader(spec: ReaderSpec): ReadObject {
  let plan: Plan | undefined
  let shapes: Map<number, Shape> | undefined
  let last = matchesNothing

  /** The compiled reader for the shape of this message, if there is one or it is time to make one. */
  function compiledFor(plan: Plan, view: DataView, at: number, length: number): CompiledRead | undefined {
    const key = shapeOf(plan, view, at, length)
    if (key === undefined) return undefined
    shapes ??= new Map()
    let shape = shapes.get(key)
    if (shape === undefined) {
      if (shapes.size >= SHAPES_MAX) discardUncompiled(shapes)
      if (shapes.size >= SHAPES_MAX) return undefined
      shape = { seen: 0, read: undefined }
      shapes.set(key, shape)
    }
    if (++shape.seen === COMPILE_AFTER) shape.read = compileShape(plan, view, at, length)
    return shape.read
  }

  return (view, at, length, parent) => {
    plan ??= planOf(spec)
    try {
      const value = last(view, at, length, parent)
      if (value !== undefined) return value
      const compiled = compiledFor(plan, view, at, length)
      if (compiled !== undefined) {
        last = compiled
        // Two shapes can share a key: the compiled reader decides.
        const value = compiled(view, at, length, parent)
        if (value !== undefined) return value
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
    }
    return readPlain(plan, view, at, length, parent)
  }
}

/**
 * Makes the reader of a public object from a message, straight into the object's own names:
 *
 * ```ts
 * const readRoute: Read<Route> = objectReader({
 *   header: routeMessage.header,
 *   head: { dst: () => 'default', tos: 'tos' },
 *   members: { ...table, dst: [1, ipPrefix('dstLen')] },
 * })
 * ```
 *
 * An attribute takes precedence over a member of the head with the same name. The attributes' codecs have the decoded
 * header as their parent.
 */
export function objectReader<F extends StructFields, T>(spec: {
  readonly header: StructCodec<F>
  readonly head: HeadMembers<StructValue<NoInfer<F>>>
  readonly members: MemberTable
}): (view: DataView, at: number, length: number) => T {
  const read = reader(spec as unknown as ReaderSpec)
  return (view, at, length) => read(view, at, length, NO_PARENT) as T
}

const NO_PARENT: Parent = Object.freeze({})

function discardUncompiled(shapes: Map<number, Shape>): void {
  for (const [key, { read }] of shapes) if (read === undefined) shapes.delete(key)
}

function planOf({ header, head, members }: ReaderSpec): Plan {
  const byType: (Member | undefined)[] = []
  for (const [name, [type, decoder]] of Object.entries(members)) {
    byType[type] = { name, decoder, selected: decoder.sibling !== undefined && decoder.sibling in members }
  }
  const all = header?.layout.map(({ name }) => [name, name] as const) ?? []
  return {
    header,
    bodyOffset: align(header?.size ?? 0),
    head: head ? Object.entries(head) : all,
    byType,
  }
}

/** How a member is read in the byte order that the attribute's type says. */
export function decoderFor({ decoder }: Member, type: number): Decoder<unknown> {
  return type & NLA_F_NET_BYTEORDER ? (decoder.swapped ?? decoder) : decoder
}

/** A member that is put into the object once the others are there. */
export function isLate({ selected, decoder }: Member): boolean {
  return selected || decoder.assign !== undefined
}

/** Interprets the table: finds each attribute's member and stores it by its name. */
function readPlain(
  plan: Plan,
  view: DataView,
  start: number,
  length: number,
  parent: Parent,
): Record<string, unknown> {
  const { header, head, bodyOffset, byType } = plan
  const fields = header ? (header.decode(view, start, length, parent) as Parent) : parent
  const value: Record<string, unknown> = {}
  for (const [name, field] of head) {
    value[name] = typeof field === 'string' ? fields[field] : field(fields as never)
  }
  const late: { member: Member; type: number; at: number; length: number }[] = []
  const walk = new AttributeWalk(view, start + bodyOffset, length - bodyOffset)
  let name: string | undefined
  try {
    while (walk.next()) {
      const member = byType[walk.type & NLA_TYPE_MASK]
      if (member === undefined) keepUnknown(value, view, walk)
      else if (isLate(member)) late.push({ member, type: walk.type, at: walk.at, length: walk.length })
      else {
        name = member.name
        const decoded = decoderFor(member, walk.type).decode(view, walk.at, walk.length, fields)
        store(value, member, decoded)
      }
    }
    name = undefined
    walk.requireEnd()
    for (const { member, type, at, length } of late) {
      name = member.name
      const context = member.selected ? value : fields
      store(value, member, decoderFor(member, type).decode(view, at, length, context))
    }
  } catch (error) {
    throw name === undefined ? error : withPath(error, name)
  }
  return value
}

function store(value: Record<string, unknown>, { name, decoder }: Member, decoded: unknown): void {
  if (decoder.assign) decoder.assign(value, decoded as never)
  else if (!decoder.multiple) value[name] = decoded
  else if (Object.hasOwn(value, name)) (value[name] as unknown[]).push(decoded)
  else value[name] = [decoded]
}

function keepUnknown(value: Record<string, unknown>, view: DataView, walk: AttributeWalk): void {
  const attribute: UnknownAttribute = { type: walk.type, data: copyOf(view, walk.at, walk.length) }
  if (Array.isArray(value['unknown'])) value['unknown'].push(attribute)
  else value['unknown'] = [attribute]
}
