import { type NfFamily, nfproto } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { assertKnownKeys } from '../options.js'
import { unknownName } from './unknown-name.js'

/** What the keys name that are required wherever they are known: without one, a request would be about all objects. */
const NAMES: Readonly<Record<string, string>> = {
  table: 'the name of a table',
  chain: 'the name of a chain',
  set: 'the name of a set',
  flowtable: 'the name of a flowtable',
  name: 'a name',
}

/** Keys with the number that the kernel gave to a rule or an object. */
const HANDLES = ['handle', 'position']

/**
 * @param optional a name that may be left out
 * @throws {@link ArgumentError} when a key or the family is unknown, or a name or a handle is missing or none
 */
export function assertSpec(
  spec: { readonly family: NfFamily },
  keys: readonly string[],
  optional?: string,
): void {
  assertKnownKeys(spec, keys, 'spec')
  if ((spec.family as string) === 'unspec') throw unknownName('family', spec.family, families)
  assertFamily(spec.family)
  const given = spec as Readonly<Record<string, unknown>>
  for (const key of keys) {
    const [value, expected] = [given[key], NAMES[key]]
    if (expected !== undefined && !(key === optional && value === undefined)) assertName(value, key, expected)
    if (HANDLES.includes(key) && value !== undefined) assertHandle(value, key)
  }
}

/** @throws {@link ArgumentError} when the value is not a name */
export function assertName(value: unknown, argument: string, expected: string): asserts value is string {
  if (typeof value !== 'string' || value === '') throw new ArgumentError(argument, value, expected)
}

/** @throws {@link ArgumentError} when the value is not a handle */
export function assertHandle(value: unknown, argument: string): void {
  if (typeof value === 'bigint' && value > 0n && value < 1n << 64n) return
  throw new ArgumentError(argument, value, 'a handle as it is listed, a bigint above 0')
}

const families = Object.keys(nfproto).filter((name) => name !== 'unspec')

/** @throws {@link ArgumentError} when there is no such family */
export function assertFamily(family: NfFamily | 'unspec'): void {
  if (Object.hasOwn(nfproto, family)) return
  throw unknownName('family', family, families)
}
