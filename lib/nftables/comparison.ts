import { encodeUtf8, type NftExpressionInput } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import type { Datatype, NftValue } from './datatype.js'
import { maskBits } from './expressions/bitwise.js'
import { compare } from './expressions/cmp.js'
import { lookUp } from './expressions/lookup.js'
import { compareRange } from './expressions/range.js'
import type { NftRuleContext, NftRulePart } from './spec.js'
import { compareBytes, maskOf, parseInterval } from './values.js'

/**
 * Compares the loaded value with a value, a prefix, a range or a named set (`@name`); with several values, through an
 * anonymous set.
 * @throws {@link ArgumentError} when there is no value, or a value is not of the type
 */
export function compareAny(type: Datatype, values: readonly NftValue[], argument: string): NftRulePart {
  const first = firstOf(values, argument)
  if (values.length > 1) {
    return ({ anonymousSet }: NftRuleContext) => [lookUp(anonymousSet(type, values))]
  }
  if (typeof first === 'string' && first.startsWith('@')) return lookUp({ set: first.slice(1) })
  if (type.name === 'ifname') return compare('eq', parseName(type, first, argument))
  const { from, to } = parseInterval(type, first, argument)
  if (compareBytes(from, to) === 0) return compare('eq', from)
  if (!type.bigEndian) {
    const expected = `a single value (a ${type.name} is in host byte order and cannot be compared as a range)`
    throw new ArgumentError(argument, first, expected)
  }
  const prefix = typeof first === 'string' && first.includes('/') ? Number(first.split('/')[1]) : undefined
  if (prefix === undefined) return compareRange({ from, to })
  return [maskBits(maskOf(prefix, type.length)), compare('eq', from)]
}

/**
 * The first of the values that a match is given.
 * @throws {@link ArgumentError} when the list is empty
 */
export function firstOf<T extends NftValue>(values: readonly T[], argument: string): T {
  const [first] = values
  if (first !== undefined) return first
  throw new ArgumentError(argument, values, 'at least one value', `${argument} needs at least one value`)
}

/** The bytes of a link's name to compare; for a wildcard (`eth*`), those before the `*`. */
function parseName(type: Datatype, name: NftValue, argument: string): Uint8Array {
  const text = String(name)
  if (!text.endsWith('*')) return type.parse(text, argument)
  return type.parse(text.slice(0, -1), argument).subarray(0, (encodeUtf8(text)?.length ?? 1) - 1)
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
  if (expression.name === 'lookup') {
    const isInverted = expression.data?.flags?.includes('invert')
    return { name: 'lookup', data: { ...expression.data, flags: isInverted ? [] : ['invert'] } }
  }
  const message = `match.not can only invert comparisons, but its part ends with an expression "${expression.name}"`
  throw new ArgumentError('part', expression.name, 'a match that ends with a comparison', message)
}
