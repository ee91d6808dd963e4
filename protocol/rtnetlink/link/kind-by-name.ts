import { lazy } from '../../codec/lazy.js'
import type { AnyLinkKind } from './kind.js'
import { linkKinds } from './kinds/index.js'

const byName = lazy(() => new Map<string, AnyLinkKind>(linkKinds.map((one) => [one.kind, one])))

/** The declaration of a kind of link; undefined for a kind that is not declared. */
export function linkKindByName(kind: string): AnyLinkKind | undefined {
  return byName().get(kind)
}
