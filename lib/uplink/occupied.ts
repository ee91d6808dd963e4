import type { IpFamily } from '../../protocol/index.js'
import type { RtNetlink } from '../rtnetlink/rtnetlink.js'
import { isRouterLink } from './router.js'
import { overlap, type Subnet, subnetOf } from './subnet.js'

/** Addresses that no network of hosts can have. RFC 6890, RFC 4291 */
const RESERVED: readonly (readonly [prefix: string, purpose: string])[] = [
  ['0.0.0.0/8', '“this network”'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local addresses'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['::/8', 'loopback and embedded IPv4 addresses'],
  ['fe80::/10', 'link-local addresses'],
  ['ff00::/8', 'multicast'],
]

/**
 * A shorter prefix is part of a default route that is given in several parts, as VPNs do (`0.0.0.0/1`, `128.0.0.0/1`;
 * `fc00::/7`): it says nothing about a network.
 */
const SHORTEST = { inet: 8, inet6: 9 } as const satisfies Readonly<Record<IpFamily, number>>

/** Types of routes that refuse packets: a longer prefix takes precedence, so one around a subnet does no harm. */
const REJECTING: readonly (string | number | undefined)[] = ['unreachable', 'blackhole', 'prohibit', 'throw']
/** Types of routes to no host. */
const IGNORED: readonly (string | number | undefined)[] = ['broadcast', 'multicast']

/** A network that is in use, with what uses it. */
export interface Occupied {
  readonly subnet: Subnet
  /** A text such as `10.1.0.1/24 of eth0`. */
  readonly by: string
  /** Whether packets are refused. */
  readonly rejects?: boolean
}

/** What no uplink can use: reserved ranges. */
export const RESERVED_SUBNETS: readonly Occupied[] = RESERVED.map(([prefix, purpose]) => ({
  subnet: subnetOf(prefix),
  by: `${prefix} (${purpose})`,
}))

/**
 * The networks of a namespace: those of its addresses, and those to which it has routes other than default routes.
 * @param except the link whose own networks are left out
 */
export async function occupiedSubnets(
  net: RtNetlink,
  family: IpFamily,
  except: string | undefined,
): Promise<Occupied[]> {
  const links = await net.links.list()
  const names = new Map(links.map(({ index, name }) => [index, name]))
  const own = links.find(({ name }) => name === except)?.index
  const label = (index: number | undefined) => {
    const name = (index !== undefined && names.get(index)) || `link ${index}`
    return isRouterLink(name) ? `${name}, the uplink of another namespace` : name
  }
  const occupied: Occupied[] = []
  for (const { link, address, peer } of await net.addresses.list({ family })) {
    if (link === own) continue
    for (const one of peer === undefined ? [address] : [address, peer])
      occupied.push({ subnet: subnetOf(one), by: `${one} of ${label(link)}` })
  }
  for await (const { dst, oif, type } of net.routes.dump({ family })) {
    if (dst === 'default' || (own !== undefined && oif === own)) continue
    if (IGNORED.includes(type)) continue
    const subnet = subnetOf(dst)
    if (subnet.length < SHORTEST[family]) continue
    const rejects = REJECTING.includes(type)
    const by = rejects
      ? `the ${type} route to ${dst}`
      : `the route to ${dst}${oif === undefined ? '' : ` by ${label(oif)}`}`
    occupied.push({ subnet, by, rejects })
  }
  return occupied
}

/** Whether a network takes packets from subnets of a length that overlap with it. */
export const isInTheWay = ({ subnet, rejects }: Occupied, length: number): boolean =>
  rejects !== true || subnet.length >= length

/** What uses a part of a subnet. */
export const findOverlap = (subnet: Subnet, occupied: readonly Occupied[]): string | undefined =>
  occupied.find((one) => isInTheWay(one, subnet.length) && overlap(one.subnet, subnet))?.by
