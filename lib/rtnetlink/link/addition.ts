import { ArgumentError } from '../../errors.js'
import { CHANGE_ONLY } from './settings.js'
import type { LinkChanges, LinkSettings, LinkSpec } from './types.js'

/** How a link is added: by one request, and by changes that follow it at once. */
export interface Addition {
  readonly first: LinkSpec
  readonly changes: readonly LinkChanges[]
}

/**
 * Splits a specification: what the kernel ignores while a link is added follows as changes.
 * @throws {@link ArgumentError} when there are changes and the link is added in another namespace, where this connection
 * cannot change it
 */
export function additionOf(spec: LinkSpec): Addition {
  const given = CHANGE_ONLY.filter((name) => spec[name] !== undefined)
  const [one] = given
  if (one === undefined) return { first: spec, changes: [] }
  if (spec.netns !== undefined) {
    const expected =
      'left out with netns: the kernel ignores it while a link is added; set it there with links.set'
    throw new ArgumentError(one, spec[one], expected)
  }
  const first: Record<string, unknown> = { ...spec }
  const change: Record<string, unknown> = {}
  for (const name of given) {
    change[name] = spec[name]
    delete first[name]
  }
  const changes: LinkChanges[] = [change]
  // The settings of the families apply when the link comes up: it does so after they are set.
  if (spec.afSpec !== undefined && spec.up) {
    delete first['up' satisfies keyof LinkSettings]
    changes.push({ up: true })
  }
  return { first: first as unknown as LinkSpec, changes }
}

/** Indexes beyond those that the kernel gives out from 1, and short enough to read. */
const INDEX_MIN = 1_000_000
const INDEX_COUNT = 9_000_000

/**
 * An index that no link has: a request that follows can refer to the new link, whose name the kernel may choose, and to
 * no other if it is not added.
 */
export function unusedIndex(lookup: { hasLink(index: number): boolean }): number {
  for (;;) {
    const index = INDEX_MIN + Math.floor(Math.random() * INDEX_COUNT)
    if (!lookup.hasLink(index)) return index
  }
}
