import { nftObjectType } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { assertName } from './assert-spec.js'
import { isSetReference } from './comparison.js'
import { WORK_REGISTER } from './expressions/expression.js'
import { loadKey, selectorsOf } from './selector.js'
import type { NftObjectType } from './set-shape.js'
import type { NftMapping } from './sources.js'
import type { NftRuleContext, NftRulePart } from './spec.js'

/** Evaluates a named object, or the one that a map of objects gives for the packet. */
export function objectReference(
  type: NftObjectType,
  object: string | NftMapping,
  rule: NftRuleContext,
): NftRulePart {
  if (typeof object === 'string') {
    assertName(object, 'name', `the name of a ${type}`)
    return { name: 'objref', data: { immType: nftObjectType.names[type] as never, immName: object } }
  }
  if (typeof object !== 'object' || object === null) {
    throw new ArgumentError('name', object, `the name of a ${type}, or { key, map }`)
  }
  const fields = selectorsOf(object.key, 'key')
  const { map } = object
  if (!isSetReference(map)) throw new ArgumentError('map', map, 'the name of a map of objects: "@map"')
  const setName = map.slice(1)
  const shape = rule.set(setName)
  if (shape !== undefined && (shape.data?.kind !== 'object' || shape.data.type !== type)) {
    throw new ArgumentError('map', map, `a map to objects of type ${type}`)
  }
  return [
    loadKey(fields, shape?.interval ?? false, 'key'),
    { name: 'objref', data: { setSreg: WORK_REGISTER, setName } },
  ]
}

/** Whether an object is meant by its name or by a map, and not described by options. */
export const isReference = (given: unknown): given is string | NftMapping =>
  typeof given === 'string' || (typeof given === 'object' && given !== null && 'map' in given)
