import type { UnknownAttribute } from './attribute-types.js'
import type { Parent } from './codec.js'
import { COMPILE_AFTER } from './compile.js'
import { DecodeError, withPath } from './errors.js'
import {
  decoderFor,
  type HeadMembers,
  isLate,
  type Member,
  type MemberTable,
  type Plan,
  planOf,
  type ReaderSpec,
} from './plan.js'
import { type CompiledRead, compileShape, shapeOf } from './shape.js'
import type { StructCodec, StructFields, StructValue } from './struct.js'
import { AttributeWalk, NLA_TYPE_MASK } from './walk.js'
import { copyOf } from './writer.js'

export type ReadObject = (
  view: DataView,
  at: number,
  length: number,
  parent: Parent,
) => Record<string, unknown>

/** Compiled readers that one table may have; messages of further shapes are interpreted. */
const SHAPES_MAX = 64

/** A shape of message that has occurred. */
interface Shape {
  /** How many messages of it have been read. */
  seen: number
  read: CompiledRead | undefined
}

const matchesNothing: CompiledRead = () => undefined

/**
 * Makes a function that decodes a header and attributes into one object, in two tiers:
 * - {@link readPlain} interprets the table.
 * - After {@link COMPILE_AFTER} messages of one shape (the sequence of attribute types), a reader for exactly that
 *   shape is compiled. It verifies the shape as it reads, and returns undefined for any other message.
 *
 * When a compiled reader throws, the message is interpreted again, for the path of the error.
 */
export function reader(spec: ReaderSpec): ReadObject {
  let plan: Plan | undefined
  let shapes: Map<number, Shape> | undefined
  let last = matchesNothing

  /** Counts a message of its shape. Returns the shape's compiled reader, once it has one. */
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
        // Undefined if two shapes have the same key.
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
  readonly head: HeadMembers<StructValue<F>>
  readonly members: MemberTable
}): (view: DataView, at: number, length: number) => T {
  const read = reader(spec as unknown as ReaderSpec)
  return (view, at, length) => read(view, at, length, NO_PARENT) as T
}

const NO_PARENT: Parent = Object.freeze({})

function discardUncompiled(shapes: Map<number, Shape>): void {
  for (const [key, { read }] of shapes) if (read === undefined) shapes.delete(key)
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
