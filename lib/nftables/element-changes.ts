import type { Request } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import { assertSpec } from './assert-spec.js'
import { elementsOfIntervals, intervalsOf, isMerging, withIntervals, withoutIntervals } from './auto-merge.js'
import type { Datatype } from './datatype.js'
import {
  type EncodedElement,
  encodedElements,
  encodeElements,
  type ParsedElement,
  parseElements,
} from './elements.js'
import type { SetLookup } from './known-sets.js'
import { elementRequests } from './set-requests.js'
import { type SetShape, sameTypes, shapeOfSpec, typeNames } from './set-shape.js'
import { elementsKeys, type NftElementsSpec, type NftSetRef } from './spec.js'

/** The requests that add elements to a set, or delete them; none while its shape is still to be read. */
export function changeElements(
  sets: SetLookup,
  name: 'newsetelem' | 'delsetelem',
  spec: NftElementsSpec,
): Request[] {
  assertSpec(spec, elementsKeys)
  const { family, table, set } = spec
  const ref = { family, table, set }
  const found = spec.type === undefined ? sets.requiredShape(ref) : sets.shape(ref)
  // One that does not exist has the shape that is given, and the kernel refuses it.
  const given = spec.type === undefined ? undefined : shapeOfSpec({ ...spec, type: spec.type })
  if (found !== undefined && given !== undefined) assertSameShape(spec, given, found)
  const shape = found ?? given
  // It is read, and then this is called again.
  if (shape === undefined) return []
  const keysOnly = name === 'delsetelem'
  const [type] = shape.types
  if (isMerging(shape) && type !== undefined) {
    const elements = parseElements(spec.elements, shape, { keysOnly })
    return mergingRequests(sets, name, ref, shape, type, elements)
  }
  return elementRequests(name, ref, encodedElements(spec.elements, shape, { keysOnly }))
}

/** The requests that add intervals to a set, or take them out, where they overlap with, touch or are part of others. */
export function mergingRequests(
  sets: SetLookup,
  name: 'newsetelem' | 'delsetelem',
  ref: NftSetRef,
  shape: SetShape,
  type: Datatype,
  elements: readonly ParsedElement[],
): Request[] {
  const [catchall, keys] = [elements.filter((one) => one.catchall), elements.filter((one) => !one.catchall)]
  const given = intervalsOf(type, keys)
  const kept = sets.intervals(ref)
  const change = name === 'newsetelem' ? withIntervals(kept, given) : withoutIntervals(kept, given)
  // What is not in the set is left to the kernel to refuse.
  if (change === undefined) return elementRequests(name, ref, encodeElements(elements, shape))
  sets.setIntervals(ref, change.all)
  const [removed, added] = [change.removed, change.added].map((intervals) =>
    encodeElements(elementsOfIntervals(type, intervals, keys), shape),
  )
  return [
    ...elementRequests('delsetelem', ref, (removed ?? []).map(keyOnly)),
    ...elementRequests('newsetelem', ref, added ?? []),
    ...elementRequests(name, ref, encodeElements(catchall, shape)),
  ]
}

/** Of an element to delete, the kernel takes its key. */
const keyOnly = ({ message: { key, keyEnd, flags }, given }: EncodedElement): EncodedElement => ({
  message: { key, keyEnd, flags },
  given,
})

/**
 * A given shape must be that of the set: elements of another type would be other values, and in a set of intervals a
 * single value would begin one that has no end.
 */
function assertSameShape(spec: NftElementsSpec, given: SetShape, found: SetShape): void {
  const { set } = spec
  if (!sameTypes(given.types, found.types)) {
    const message = `type is that of another set: the keys of ${JSON.stringify(set)} are of type ${typeNames(found.types)}, not ${typeNames(given.types)}`
    throw new ArgumentError('type', spec.type, typeNames(found.types), message)
  }
  if (spec.interval !== undefined && spec.interval !== found.interval) {
    const message = `interval must be ${found.interval}, as the set ${JSON.stringify(set)} was added with`
    throw new ArgumentError('interval', spec.interval, String(found.interval), message)
  }
  if (spec.map !== undefined && given.data?.kind !== found.data?.kind) {
    const message = `map is not that of the set ${JSON.stringify(set)}`
    throw new ArgumentError('map', spec.map, 'the type of its values', message)
  }
}
