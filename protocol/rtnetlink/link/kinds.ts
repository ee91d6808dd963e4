import { lazy } from '../../codec/lazy.js'
import type { AnyLinkKind } from './kind.js'
import * as kinds from './kinds/index.js'

/* The types refer to the declarations by name. An inferred type would be written out in the published types, without the
   doc comments of the attributes. */
type Declared = typeof kinds

/** Every declared kind of link: types, encoding and documentation follow from this list. */
export const linkKinds: readonly Declared[keyof Declared][] = Object.values(kinds)

const byName = lazy(() => new Map<string, AnyLinkKind>(linkKinds.map((one) => [one.kind, one])))

/** The declaration of a kind of link; undefined for a kind that is not declared. */
export function linkKindByName(kind: string): AnyLinkKind | undefined {
  return byName().get(kind)
}
