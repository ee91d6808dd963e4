import { errno } from '../protocol/index.js'
import { isLinkName, LINK_NAME, LINK_NAME_MAX, nameLength } from '../protocol/rtnetlink/shared/link-name.js'
import { ArgumentError, isLinkNotFoundError, LinkNotFoundError, SystemError } from './errors.js'
import { assertInteger } from './options.js'

/** A link, by its name (or one of its alternative names) or by its index. */
export type LinkRef = string | number

/** Looks links up, in one network namespace. */
export interface LinkLookup {
  /** The index of the link with this name or alternative name, or minus the errno: ENODEV if there is none. */
  linkIndex(name: string): number
  /** False if there is no link with this name or index. */
  hasLink(link: LinkRef): boolean
}

const { ENODEV } = errno

/** The largest interface index (`int`). */
const INDEX_MAX = 0x7fffffff

/**
 * Whether SIOCGIFINDEX finds this name. It has room for 15 bytes, and ends a name at its first colon, as of the address
 * label `eth0:1` (net/core/dev_ioctl.c). Alternative names may be longer, and may have colons.
 */
export function fitsInterfaceRequest(name: string): boolean {
  return nameLength(name) <= LINK_NAME_MAX && !name.includes(':')
}

/**
 * The index of a link. An index is taken as it is: the kernel refuses one that no link has.
 * @throws {@link ArgumentError} when `link` cannot refer to one
 * @throws {@link LinkNotFoundError} when no link has this name
 * @throws {@link SystemError} when the look-up fails
 */
export function linkIndexOf(lookup: LinkLookup, link: LinkRef, argument: string): number {
  if (typeof link === 'number') {
    assertInteger(argument, link, 1, INDEX_MAX)
    return link
  }
  if (typeof link !== 'string') throw new ArgumentError(argument, link, 'the name or the index of a link')
  if (nameLength(link) < 0) throw notReference(argument, link)
  const index = lookup.linkIndex(link)
  if (index >= 0) return index
  if (index !== -ENODEV) throw new SystemError('ioctl', -index, `SIOCGIFINDEX ${link}`)
  // The kernel does not restrict alternative names to what is allowed in names, so only the look-up can tell.
  throw isPossibleName(link) ? new LinkNotFoundError(argument, link) : notReference(argument, link)
}

function isPossibleName(name: string): boolean {
  return nameLength(name) > LINK_NAME_MAX || isLinkName(name)
}

function notReference(argument: string, link: string): ArgumentError {
  return new ArgumentError(argument, link, `${LINK_NAME}; or an alternative name of up to 127 bytes`)
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

/**
 * The link of a zone, which is its name, or its index where no link has that name. RFC 4007, section 11.2
 * @param resolve looks up a link, as {@link existingLinkIndex} does
 */
export function zoneLinkIndex(resolve: (link: LinkRef) => number, zone: string): number {
  try {
    return resolve(zone)
  } catch (error) {
    if (!isLinkNotFoundError(error) || !/^[1-9]\d{0,9}$/.test(zone)) throw error
    return resolve(Number(zone))
  }
}
