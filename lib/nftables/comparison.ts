import type { NftExpressionInput } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import type { Datatype, NftValue } from './datatype.js'
import type { NftKey } from './elements.js'
import { compare } from './expressions/cmp.js'
import { WORK_REGISTER } from './expressions/expression.js'
import { lookUp } from './expressions/lookup.js'
import { compareRange } from './expressions/range.js'
import { loadField, loadKey, masked, type Selector, shifted } from './selector.js'
import { type SetShape, sameTypes, typeNames } from './set-shape.js'
import type { NftRuleContext, NftRulePart } from './spec.js'
import {
  bitsOf,
  compareBytes,
  type Interval,
  maskOf,
  namePrefixLength,
  parseInterval,
  prefixLength,
  toNetworkOrder,
} from './values.js'

/**
 * Compares a field with a value, a prefix, a range or a named set (`@name`); with several values, through an anonymous
 * set. Values of bitmask types match where any of their bits is set.
 * @throws {@link ArgumentError} when there is no value, or a value is not of the type
 */
export function compareField(field: Selector, values: readonly NftValue[], argument: string): NftRulePart {
  return (rule: NftRuleContext) => {
    const first = firstOf(values, argument)
    const { type, requires } = field
    if (isSetReference(first) && values.length === 1) return lookUpNamed([field], first, argument, rule)
    if (type.bitmask) return [requires, loadField(field, false), anyBit(type, values, argument)]
    if (values.length > 1) return lookUpAnonymous([field], values, argument, rule)
    const masks = maskedValue(type, first, argument)
    if (masks !== undefined) return [requires, compareMasked(field, masks.value, masks.mask)]
    return [requires, compareInterval(field, parseInterval(type, first, argument), argument, first)]
  }
}

/** Whether a value names a set: `@blocked`. */
export const isSetReference = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 1 && value.startsWith('@')

/**
 * The first of the values that a match is given.
 * @throws {@link ArgumentError} when the list is empty
 */
export function firstOf<T extends NftKey>(values: readonly T[], argument: string): T {
  const [first] = values
  if (first !== undefined) return first
  throw new ArgumentError(argument, values, 'at least one value', `${argument} needs at least one value`)
}

/** Matches where any of the bits is set. */
function anyBit(
  type: Datatype,
  values: readonly NftValue[],
  argument: string,
): readonly NftExpressionInput[] {
  const names = values.flatMap((value): NftValue[] =>
    typeof value === 'string' ? value.split(',') : [value],
  )
  const mask = bitsOf(type, names, argument)
  if (mask.every((byte) => byte === 0)) throw new ArgumentError(argument, values[0], 'a value with a bit set')
  return [masked(mask, WORK_REGISTER), compare('neq', new Uint8Array(mask.length))]
}

/** A mark with a mask, as `0x10/0xff`: marks are the only values that have both. */
function maskedValue(
  type: Datatype,
  value: NftValue,
  argument: string,
): { readonly value: Uint8Array; readonly mask: Uint8Array } | undefined {
  if (type.name !== 'mark' || typeof value !== 'string') return undefined
  const slash = value.indexOf('/')
  if (slash < 0) return undefined
  const [bits, mask] = [value.slice(0, slash), value.slice(slash + 1)].map((text) =>
    type.parse(text, argument),
  )
  return maskPair(bits as Uint8Array, mask as Uint8Array, value, argument)
}

/** @throws {@link ArgumentError} when the value has bits outside of the mask, so that it would never match */
export function maskPair(bits: Uint8Array, mask: Uint8Array, given: unknown, argument: string) {
  if (bits.some((byte, i) => (byte & ~(mask[i] as number)) !== 0)) {
    throw new ArgumentError(argument, given, 'a value without bits outside of its mask: it would never match')
  }
  return { value: bits, mask }
}

/** `field & mask == value` */
export const compareMasked = (
  field: Selector,
  value: Uint8Array,
  mask: Uint8Array,
): readonly NftExpressionInput[] => [
  ...loadField(field, false),
  masked(mask, WORK_REGISTER),
  compare('eq', value),
]

function compareInterval(
  field: Selector,
  { from, to }: Interval,
  argument: string,
  given: NftValue,
): readonly NftExpressionInput[] {
  const { type } = field
  if (compareBytes(from, to) === 0) return [...loadField(field, false), compare('eq', shifted(field, from))]
  if (type.name === 'ifname') {
    const length = namePrefixLength(from)
    if (length > 0) return [...loadField(field, false), compare('eq', from.subarray(0, length))]
    throw new ArgumentError(argument, given, 'a name or the beginning of one: "*" matches every packet')
  }
  const bits = type.prefixes
    ? prefixLength(from.map((byte, i) => ~(byte ^ (to[i] as number)) & 0xff))
    : undefined
  const isPrefix = bits !== undefined && String(given).includes('/')
  if (isPrefix) {
    return [...loadField(field, false), masked(maskOf(bits, type.length), WORK_REGISTER), compare('eq', from)]
  }
  const ends = {
    from: shifted(field, toNetworkOrder(type, from)),
    to: shifted(field, toNetworkOrder(type, to)),
  }
  return [...loadField(field, true), compareRange(ends)]
}

/**
 * Looks fields up in a named set or map.
 * @param dreg where to load the value of a map
 * @throws {@link ArgumentError} when the set has another type
 */
export function lookUpNamed(
  fields: readonly Selector[],
  reference: string,
  argument: string,
  rule: NftRuleContext,
  dreg?: number,
): NftRulePart {
  const name = reference.slice(1)
  const shape = rule.set(name)
  if (shape !== undefined) assertKeyTypes(fields, shape, reference, argument)
  if (shape !== undefined && (dreg === undefined) !== (shape.data === undefined)) {
    const expected = dreg === undefined ? 'a set' : 'a map'
    const other = dreg === undefined ? 'a map' : 'a set without values'
    throw new ArgumentError(
      argument,
      reference,
      expected,
      `${argument} needs ${expected}, but ${reference} is ${other}`,
    )
  }
  return [loadKey(fields, shape?.interval ?? false, argument), lookUp({ set: name }, dreg)]
}

/** @throws {@link ArgumentError} when the keys of the set are of another type than the fields */
export function assertKeyTypes(
  fields: readonly Selector[],
  shape: SetShape,
  reference: string,
  argument: string,
): void {
  const types = fields.map(({ type }) => type)
  const loadable = fields.every(({ shift, length, type }) => shift === 0 && length === type.length)
  if (sameTypes(types, shape.types) && loadable) return
  if (!loadable) {
    const message = `${argument} cannot be looked up in ${reference}: a field of less than whole bytes is compared with values only`
    throw new ArgumentError(argument, reference, 'one value or several', message)
  }
  const message = `${argument} cannot be looked up in ${reference}: its keys are of type ${typeNames(shape.types)}, not ${typeNames(types)}`
  throw new ArgumentError(argument, reference, `a set of ${typeNames(types)}`, message)
}

/** Looks fields up in a set of this rule alone. */
export function lookUpAnonymous(
  fields: readonly Selector[],
  keys: readonly NftKey[],
  argument: string,
  rule: NftRuleContext,
): NftRulePart {
  const reference = keys.find(isSetReference)
  if (reference !== undefined) {
    const message = `${argument} takes either values or one set: ${reference} is among others`
    throw new ArgumentError(argument, reference, 'the only value', message)
  }
  const set = rule.anonymousSet(fields, keys, argument)
  return [loadKey(fields, set.interval, argument), lookUp(set)]
}

/**
 * The opposite of a comparison.
 * @throws {@link ArgumentError} when the expression is not a comparison
 */
export function inverted(expression: NftExpressionInput): NftExpressionInput {
  if (expression.name === 'cmp' && expression.data && !(expression.data instanceof Uint8Array)) {
    const { op } = expression.data
    if (op === 'eq' || op === 'neq') {
      return { name: 'cmp', data: { ...expression.data, op: op === 'eq' ? 'neq' : 'eq' } }
    }
  }
  if (expression.name === 'range') {
    return { name: 'range', data: { ...expression.data, op: expression.data?.op === 'eq' ? 'neq' : 'eq' } }
  }
  if (expression.name === 'lookup' && expression.data?.dreg === undefined) {
    const isInverted = expression.data?.flags?.includes('invert')
    return { name: 'lookup', data: { ...expression.data, flags: isInverted ? [] : ['invert'] } }
  }
  const message = `match.not can only invert comparisons, but its part ends with an expression "${expression.name}"`
  throw new ArgumentError('part', expression.name, 'a match that ends with a comparison', message)
}
