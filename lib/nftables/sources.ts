import { ArgumentError } from '../errors.js'
import { assertKnownKeys } from '../options.js'
import { isSetReference, lookUpNamed } from './comparison.js'
import type { Datatype, NftValue } from './datatype.js'
import type { NftElement } from './elements.js'
import { loadConstant } from './expressions/immediate.js'
import { lookUp } from './expressions/lookup.js'
import { keysOf } from './keys.js'
import { isFieldName, loadField, loadKey, type NftFieldName, selectorOf, selectorsOf } from './selector.js'
import { sameTypes, typeNames } from './set-shape.js'
import type { NftRuleContext, NftRulePart } from './spec.js'
import { parseValue } from './values.js'

/** A value by a map: what it gives for a field of the packet, or several. */
export interface NftMapping {
  /** The fields that the map's keys consist of, by nft(8)'s texts: `ip saddr`. */
  readonly key: NftFieldName | readonly NftFieldName[]
  /** A named map (`@marks`), or the elements of a map for this rule alone. */
  readonly map: `@${string}` | readonly NftElement[]
}

/** Where a value comes from: a constant, a field of the packet (`ct mark`), or a map. */
export type NftSource = NftValue | NftFieldName | NftMapping

const mappingKeys = keysOf<NftMapping>({ key: true, map: true })

/**
 * Loads a value of a type.
 * @throws {@link ArgumentError} when the value, the field or the map is of another type
 */
export function loadSource(
  type: Datatype,
  source: NftSource,
  register: number,
  argument: string,
  rule: NftRuleContext,
): NftRulePart {
  if (typeof source === 'object' && source !== null)
    return loadMapping(type, source, register, argument, rule)
  if (isFieldName(source)) {
    const field = selectorOf(source, argument)
    if (!isAssignable(field.type, type)) {
      throw new ArgumentError(argument, source, `a value or a field of type ${type.name}`)
    }
    return [field.requires, loadField(field, false, register)]
  }
  return loadConstant(register, parseValue(type, source, argument))
}

/** Whether values of a type can be taken for those of another: integers of the same length and byte order. */
const isAssignable = (from: Datatype, to: Datatype) =>
  from.length === to.length && from.bigEndian === to.bigEndian

function loadMapping(
  type: Datatype,
  mapping: NftMapping,
  register: number,
  argument: string,
  rule: NftRuleContext,
): NftRulePart {
  assertKnownKeys(mapping, mappingKeys, argument)
  const fields = selectorsOf(mapping.key, `${argument}.key`)
  const { map } = mapping
  if (isSetReference(map)) {
    const shape = rule.set(map.slice(1))
    const { data } = shape ?? {}
    if (data !== undefined && !(data.kind === 'values' && !data.interval && sameTypes(data.types, [type]))) {
      const values = data.kind === 'values' ? typeNames(data.types) : data.kind
      const message = `${argument}.map cannot be ${map}: its values are of type ${values}, not ${type.name}`
      throw new ArgumentError(`${argument}.map`, map, `a map to ${type.name}`, message)
    }
    return lookUpNamed(fields, map, `${argument}.map`, rule, register)
  }
  const data = { kind: 'values', types: [type], interval: false } as const
  const set = rule.anonymousSet(fields, map, `${argument}.map`, data)
  return [loadKey(fields, set.interval, argument), lookUp(set, register)]
}
