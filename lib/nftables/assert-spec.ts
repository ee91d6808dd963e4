import { type NfFamily, nfproto } from '../../protocol/index.js'
import { assertKnownKeys } from '../options.js'
import { unknownName } from './unknown-name.js'

/** @throws {@link ArgumentError} when a key or the family is unknown */
export function assertSpec(spec: { readonly family: NfFamily }, keys: readonly string[]): void {
  assertKnownKeys(spec, keys, 'spec')
  assertFamily(spec.family)
}

/** @throws {@link ArgumentError} when there is no such family */
export function assertFamily(family: NfFamily | 'unspec'): void {
  if (Object.hasOwn(nfproto, family)) return
  const families = Object.keys(nfproto).filter((name) => name !== 'unspec')
  throw unknownName('family', family, families)
}
