import fc from 'fast-check'
import type { RtNetlink } from '../../../lib/index.js'
import { type Stage, stable } from '../stage.js'

/** One kind of object. */
export interface Kind<Spec extends object, V extends Spec> {
  readonly spec: fc.Arbitrary<Spec>
  /** The command of ip(8) that adds it. */
  readonly command: (spec: Spec) => string
  readonly list: (net: RtNetlink) => Promise<V[]>
  /** All of them, those that the stage has included, if `list` is a part. */
  readonly listAll?: (net: RtNetlink) => Promise<V[]>
  /** Less of a specification, so that defaults apply. */
  readonly less?: (spec: Spec) => Spec
  readonly add: (net: RtNetlink, spec: Spec) => Promise<void>
  readonly remove: (net: RtNetlink, value: V) => Promise<void>
  /** What ip(8) prints of them. */
  readonly shown: readonly string[]
  /**
   * Whether a reference to `value` matches `other` as well, because the kernel has no way to say what `value` lacks.
   */
  readonly ambiguous?: (value: V, other: V) => boolean
  /** Removes all. */
  readonly clear: (stage: Stage, before: readonly V[]) => Promise<void>
}

/** A record in which each member may be missing. */
export function partly<T extends object>(
  members: { [K in keyof T]: fc.Arbitrary<T[K]> },
): fc.Arbitrary<Partial<T>> {
  return fc.record(members, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>
}

/** A command of ip(8), without what is left out. */
export const words = (...parts: (string | false | undefined)[]) => parts.filter(Boolean).join(' ')
export const word = (name: string, value: unknown) => (value === undefined ? undefined : `${name} ${value}`)

/** The names of the stage's links, by their indexes. */
export const LINK_NAMES: Record<number, string> = { 1: 'lo', 10: 'v0', 11: 'v1' }

/** Whether two objects have the same members of these names. */
export const same = (one: object, other: object, ...names: string[]) =>
  names.every((name) => stable({ value: one[name as never] }) === stable({ value: other[name as never] }))
