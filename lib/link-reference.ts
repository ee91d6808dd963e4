import { ArgumentError, LinkNotFoundError } from './errors.js'
import { assertInteger, assertLinkName } from './options.js'

/** A link, by its name (or one of its alternative names) or by its index. */
export type LinkRef = string | number

/** Looks links up, in one network namespace. */
export interface LinkLookup {
  /** The index of the link with this name, or minus the errno. */
  linkIndex(name: string): number
  /** Whether there is a link with this name or index. */
  hasLink(link: LinkRef): boolean
}

/** The largest interface index (`int`). */
const INDEX_MAX = 0x7fffffff

/**
 * The index of a link. An index is taken as it is: the kernel refuses one that no link has.
 * @throws {@link ArgumentError} when `link` cannot refer to one
 * @throws {@link LinkNotFoundError} when no link has this name
 */
export function linkIndexOf(lookup: LinkLookup, link: LinkRef, argument: string): number {
  if (typeof link === 'number') {
    assertInteger(argument, link, 1, INDEX_MAX)
    return link
  }
  if (typeof link !== 'string') throw new ArgumentError(argument, link, 'the name or the index of a link')
  assertLinkName(argument, link)
  const index = lookup.linkIndex(link)
  if (index < 0) throw new LinkNotFoundError(argument, link)
  return index
}

/**
 * The index of a link that exists.
 * @throws {@link LinkNotFoundError} when no link has this index; and as {@link linkIndexOf}
 */
export function existingLinkIndex(lookup: LinkLookup, link: LinkRef, argument: string): number {
  const index = linkIndexOf(lookup, link, argument)
  if (typeof link === 'number' && !lookup.hasLink(link)) throw new LinkNotFoundError(argument, link)
  return index
}
