import { align } from './align.js'
import type { Parent, SourceScope } from './codec.js'
import { compileSource } from './compile.js'
import { decoderFor, isIgnored, isLate, type Member, type Plan } from './plan.js'
import { fieldSource } from './struct.js'
import { ATTRIBUTE_HEADER_SIZE, AttributeWalk, NLA_TYPE_MASK } from './walk.js'
import { copyOf } from './writer.js'

/* A message's shape is the sequence of its attributes' types, with the lengths of those whose codec reads a fixed length:
   in messages of one shape, these lie at constant distances from each other. */

/** Attributes in a message beyond which its shape is not compiled. */
const ATTRIBUTES_MAX = 128

/** Reads messages of exactly one shape; undefined for any other message. */
export type CompiledRead = (
  view: DataView,
  at: number,
  length: number,
  parent: Parent,
) => Record<string, unknown> | undefined

/** One attribute of a shape. */
interface Attribute {
  readonly type: number
  readonly member: Member | undefined
  /** Its length with the header; undefined if it may vary within the shape. */
  readonly size: number | undefined
}

/** A number for the shape of a message, equal for equal shapes; undefined if the length of an attribute is invalid. */
export function shapeOf(plan: Plan, view: DataView, start: number, length: number): number | undefined {
  const walk = new AttributeWalk(view, start + plan.bodyOffset, length - plan.bodyOffset)
  let key = 0
  while (walk.next()) {
    const fixed = plan.byType[walk.type & NLA_TYPE_MASK]?.decoder.source !== undefined
    // FNV-1a over the words.
    key = Math.imul(key ^ headerWord(walk.type, fixed ? walk.length + ATTRIBUTE_HEADER_SIZE : 0), 0x01000193)
  }
  return walk.ended ? key : undefined
}

/** The four bytes of an attribute's header, as a signed little-endian integer. */
const headerWord = (type: number, size: number): number => (type << 16) | size

/** Compiles a reader for the shape of this message; undefined if it cannot have one. */
export function compileShape(
  plan: Plan,
  view: DataView,
  start: number,
  length: number,
): CompiledRead | undefined {
  const shape: Attribute[] = []
  const walk = new AttributeWalk(view, start + plan.bodyOffset, length - plan.bodyOffset)
  while (walk.next()) {
    const member = plan.byType[walk.type & NLA_TYPE_MASK]
    const size = member?.decoder.source ? walk.length + ATTRIBUTE_HEADER_SIZE : undefined
    shape.push({ type: walk.type, member, size })
  }
  if (shape.length > ATTRIBUTES_MAX || hasRepetition(shape)) return undefined
  return compileSource<CompiledRead>(
    (scope) => sourceOf(plan, shape, scope),
    plan.header ? 'header' : 'parent',
  )
}

/**
 * Whether a member that is not an array occurs twice. This is rare, and left to the plain reader: the last one wins.
 */
function hasRepetition(shape: readonly Attribute[]): boolean {
  const members = shape.flatMap(({ member }) =>
    member && !isIgnored(member) && (isLate(member) || !member.decoder.multiple) ? [member] : [],
  )
  return new Set(members).size < members.length
}

/** The text of a reader: verifies that the message has the shape, then builds the object by one literal. */
function sourceOf(plan: Plan, shape: readonly Attribute[], scope: SourceScope): string {
  const { header, head, bodyOffset } = plan
  const checks: string[] = []
  /** Member → the expression that reads it, in the order of the object's members. */
  const members = new Map<string, string[]>()
  const late: string[] = []

  // Attributes of fixed length lie at constant offsets from a base; one of variable length ends with a new base.
  let base = 'base0'
  let offset = 0
  let conditions: string[] = []
  const check = (end: number) => {
    if (conditions.length > 0)
      checks.push(`if (${base} + ${end} > end || ${conditions.join(' || ')}) return undefined`)
    conditions = []
  }

  for (const [name, field] of head) {
    const value = typeof field === 'string' ? `header[${quote(field)}]` : `${scope.bind(field)}(header)`
    members.set(name, [value])
  }
  let runEnd = 0
  for (const [index, attribute] of shape.entries()) {
    const { type, size } = attribute
    const payload = `${base} + ${offset + ATTRIBUTE_HEADER_SIZE}`
    if (size === undefined) {
      conditions.push(`view.getUint16(${base} + ${offset + 2}, true) !== ${type}`)
      check(offset + ATTRIBUTE_HEADER_SIZE)
      const next = `base${index + 1}`
      checks.push(
        `const size${index} = view.getUint16(${base} + ${offset}, true)`,
        `if (size${index} < ${ATTRIBUTE_HEADER_SIZE} || ${base} + ${offset} + size${index} > end) return undefined`,
        `const ${next} = ${base} + ${offset} + ((size${index} + 3) & ~3)`,
      )
      addMember(attribute, payload, `size${index} - ${ATTRIBUTE_HEADER_SIZE}`)
      base = next
      offset = runEnd = 0
    } else {
      conditions.push(`view.getInt32(${base} + ${offset}, true) !== ${headerWord(type, size)}`)
      addMember(attribute, payload, size - ATTRIBUTE_HEADER_SIZE)
      runEnd = offset + size
      offset += align(size)
    }
  }
  check(runEnd)

  function addMember({ type, member }: Attribute, at: string, length: string | number): void {
    if (member === undefined) {
      const unknown = `{ type: ${type}, data: ${scope.bind(copyOf)}(view, ${at}, ${length}) }`
      append('unknown', unknown)
      return
    }
    if (isIgnored(member)) return
    const { name, selected } = member
    const decoder = decoderFor(member, type)
    const call = (parent: string) => `${scope.bind(decoder.decode)}(view, ${at}, ${length}, ${parent})`
    const source = typeof length === 'number' ? decoder.source?.(at, length, scope) : undefined
    const value = selected ? call('value') : (source ?? call(scope.parent))
    const { assign, multiple } = member.decoder
    if (assign) late.push(`${scope.bind(assign)}(value, ${value})`)
    else if (selected) late.push(`value[${quote(name)}] = ${multiple ? `[${value}]` : value}`)
    else if (multiple) append(name, value)
    else members.set(name, [value])
  }

  function append(name: string, value: string): void {
    const values = members.get(name)
    if (values === undefined) members.set(name, [value])
    else values.push(value)
  }

  const isArray = (name: string) =>
    name === 'unknown' || shape.some(({ member }) => member?.name === name && member.decoder.multiple)
  const literal = [...members].map(
    ([name, values]) => `${quote(name)}: ${isArray(name) ? `[${values.join(', ')}]` : values[0]}`,
  )
  // Placeholders, so that storing the selected members does not change the object's layout.
  for (const { member } of shape) {
    if (member?.selected && !member.decoder.assign) literal.push(`${quote(member.name)}: undefined`)
  }
  const headerFields = header?.layout.map(
    (field) => `${quote(field.name)}: ${fieldSource(field, 'start', { ...scope, parent: 'parent' })}`,
  )
  return `(view, start, length, parent) => {
    ${header ? `if (length < ${header.size}) return undefined` : ''}
    const end = start + length
    const base0 = start + ${bodyOffset}
    ${checks.join('\n    ')}
    if (${base} + ${offset + ATTRIBUTE_HEADER_SIZE} <= end) return undefined
    ${headerFields ? `const header = { ${headerFields.join(', ')} }` : ''}
    const value = { ${literal.join(', ')} }
    ${late.join('\n    ')}
    return value
  }`
}

const quote = (name: string): string => JSON.stringify(name)
