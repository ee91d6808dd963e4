import { messageFlag, nftSetMessage } from '../../protocol/index.js'
import type { Request } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import type { Datatype } from './datatype.js'
import {
  encodeElements,
  type NftElement,
  type NftKey,
  type ParsedElement,
  parseElements,
} from './elements.js'
import { mergedKeys } from './merged-keys.js'
import { nextSetId, request } from './request.js'
import { type Selector, shifted } from './selector.js'
import { elementRequests, shapeValue } from './set-requests.js'
import type { DataShape, SetShape } from './set-shape.js'
import type { NftTableRef } from './spec.js'
import { compareBytes } from './values.js'

/** A set of a rule alone, for a `lookup` expression. */
export interface AnonymousSet {
  readonly set: string
  readonly setId: number
  /** Whether its keys are intervals. */
  readonly interval: boolean
}

/**
 * The requests that add a set for one rule, in the same transaction. Whether it is a set of intervals is decided by its
 * elements; intervals that overlap or touch are merged, and repeated values left out, as nft(8) does.
 * @param data what it gives for its keys, if it is a map
 * @param subject what errors of the kernel name
 * @throws {@link ArgumentError} when an element is not of the fields' types
 */
export function anonymousSet(
  { family, table }: NftTableRef,
  fields: readonly Selector[],
  given: readonly (NftKey | NftElement)[],
  data: DataShape | undefined,
  argument: string,
  subject: string,
): { readonly set: AnonymousSet; readonly requests: Request[] } {
  const types = fields.map(({ type }) => type)
  const wide: SetShape = { types, interval: true, data, autoMerge: false }
  const parsed = parseElements(given, wide, { argument })
  if (parsed.length === 0) throw new ArgumentError(argument, given, 'at least one element')
  const interval = parsed.some(({ from, to }) => compareBytes(from, to) !== 0)
  const elements =
    types.length === 1 && data === undefined
      ? mergedKeys(types[0] as Datatype, parsed)
      : withoutRepeated(parsed)
  const shape: SetShape = {
    types: fields.map((field) => loadedType(field, fields.length, argument)),
    interval,
    data,
    autoMerge: interval && types.length === 1,
  }
  const messages = encodeElements(
    elements.map((one) => inPlace(one, fields)),
    shape,
  )
  const setId = nextSetId()
  // The kernel replaces %d by an unused number.
  const set = data === undefined ? '__set%d' : '__map%d'
  const { flags, desc, ...value } = shapeValue(shape)
  const described = {
    table,
    name: set,
    id: setId,
    flags: ['anonymous' as const, 'constant' as const, ...flags],
    ...value,
    desc: { size: messages.length, ...desc },
  }
  return {
    set: { set, setId, interval },
    requests: [
      request('newset', nftSetMessage, family, described, subject, messageFlag.create),
      ...elementRequests('newsetelem', { family, table, set }, messages, setId, subject),
    ],
  }
}

/** The type of a field as it is loaded; one of less than whole bytes keeps its place in them. */
function loadedType({ type, shift, length, text }: Selector, count: number, argument: string): Datatype {
  if (shift === 0 && type.length === length) return type
  if (count === 1) return { ...type, length }
  throw new ArgumentError(argument, text, 'fields of whole bytes, where they are concatenated')
}

function inPlace(element: ParsedElement, fields: readonly Selector[]): ParsedElement {
  const [field] = fields
  if (field === undefined || fields.length > 1 || (field.shift === 0 && field.length === field.type.length))
    return element
  return { ...element, from: shifted(field, element.from), to: shifted(field, element.to) }
}

/** Without elements that are the same as an earlier one; those that contradict it are left to the kernel to refuse. */
function withoutRepeated(elements: readonly ParsedElement[]): ParsedElement[] {
  const seen = new Set<string>()
  return elements.filter((element) => {
    const text = JSON.stringify(element, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
}
