import type { RouteMessageInput } from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import { type LinkRef, zoneLinkIndex } from '../../link-reference.js'
import { assertBoolean } from '../../options.js'
import { addressBits, familyOf } from '../../prefix.js'
import { splitZone } from '../../zoned-address.js'
import type { Resolver } from '../context.js'

/** The packet to look up a route for. */
export interface LookupOptions {
  /** The packet's source address. */
  readonly src?: string | undefined
  /** The link that the packet must leave by. */
  readonly oif?: LinkRef | undefined
  /** The link that the packet came in by, if it is forwarded. */
  readonly iif?: LinkRef | undefined
  readonly tos?: number | undefined
  readonly mark?: number | undefined
  readonly uid?: number | undefined
  readonly ipProto?: number | undefined
  readonly sport?: number | undefined
  readonly dport?: number | undefined
  /** Gives the route as it is in the table, not as it applies to this destination. */
  readonly fibMatch?: boolean | undefined
  /** Rejects with the signal's reason when it is aborted. */
  readonly signal?: AbortSignal | undefined
}

export const LOOKUP_KEYS = [
  'src',
  'oif',
  'iif',
  'tos',
  'mark',
  'uid',
  'ipProto',
  'sport',
  'dport',
  'fibMatch',
  'signal',
] as const satisfies readonly (keyof LookupOptions)[]

/**
 * The message that looks up the route to an address. A zone, `fe80::1%eth0`, is the link that the packet must leave by.
 * @param existing refuses indexes that no link has: the kernel answers those of a zone as it answers a missing route
 * @throws {@link ArgumentError} when an address is invalid, or the zone is not `oif`
 * @throws {@link LinkNotFoundError} when a link does not exist
 */
export function lookupMessageOf(
  text: string,
  options: LookupOptions,
  resolver: Resolver,
  existing: Resolver,
): RouteMessageInput {
  const { bare: dst, zone } = splitZone(text)
  const family = familyOf(dst, 'dst')
  if (zone !== undefined && family === 'inet') {
    throw new ArgumentError('dst', text, 'an address without a zone: only IPv6 addresses have zones')
  }
  const { src, oif: link, iif, fibMatch, signal: _, ...rest } = options
  assertBoolean('options.fibMatch', fibMatch)
  if (src !== undefined && familyOf(src, 'src') !== family) {
    throw new ArgumentError('src', src, `an address of the same family as ${dst}`)
  }
  const given = link === undefined ? undefined : resolver.link(link, 'oif')
  const oif = zone === undefined ? given : zoneLinkIndex((one) => existing.link(one, 'dst'), zone)
  if (given !== undefined && given !== oif) {
    throw new ArgumentError('oif', link, `left out, or the link that is the zone of ${text}`)
  }
  // Only IPv4 look-ups take RTM_F_LOOKUP_TABLE. net/ipv6/route.c: inet6_rtm_valid_getroute_req
  const flags: RouteMessageInput['flags'] = family === 'inet' ? ['lookupTable'] : []
  return {
    ...rest,
    family,
    dst,
    dstLen: addressBits(family),
    ...(src === undefined ? {} : { src, srcLen: addressBits(family) }),
    ...(oif === undefined ? {} : { oif }),
    ...(iif === undefined ? {} : { iif: resolver.link(iif, 'iif') }),
    flags: fibMatch ? [...flags, 'fibMatch'] : flags,
  }
}
