import { errno } from '../../protocol/index.js'
import { ArgumentError, SystemError } from '../errors.js'
import type { Link } from '../rtnetlink/link/types.js'
import type { RtNetlink } from '../rtnetlink/rtnetlink.js'
import type { UplinkOptions } from './options.js'
import { findLink, type Inside } from './router.js'
import {
  freeSubnet,
  hostAt,
  hostCount,
  isSameSubnet,
  parseSubnet,
  type Subnet,
  toNumber,
  withoutPrefix,
} from './subnet.js'

const { ENOSPC } = errno
/* Prefix lengths of subnets from the pool: two hosts for a pair, 253 and the gateway for a bridge. */
const PAIR_LENGTH = 30
const BRIDGE_LENGTH = 24

/**
 * The subnet of the router's link or bridge if it has an address, else the one requested, else an unused one.
 * @throws {@link ArgumentError} when the requested subnet differs from the existing one, or an existing bridge has no
 * address
 */
export async function chooseSubnet(
  outer: RtNetlink,
  { netns, routerLink }: Inside,
  { bridge, subnet }: UplinkOptions,
  existing: Link | undefined,
  ownsBridge: boolean,
): Promise<Subnet> {
  const holder = bridge ?? (existing && routerLink)
  const found = holder === undefined ? undefined : await findLink(outer, holder)
  const [own] = found === undefined ? [] : await outer.addresses.list({ link: found.index, family: 'inet' })
  if (own !== undefined) {
    const current = parseSubnet(own.address)
    if (subnet === undefined || isSameSubnet(parseSubnet(subnet), current)) return current
    throw new ArgumentError('subnet', subnet, `the subnet of ${holder}, which is ${own.address}`)
  }
  if (bridge !== undefined && !ownsBridge)
    throw new ArgumentError('bridge', bridge, 'a bridge with an IPv4 address, which is the gateway')
  if (subnet !== undefined) return parseSubnet(subnet)
  const length = bridge === undefined ? PAIR_LENGTH : BRIDGE_LENGTH
  return freeSubnet(outer, length, Number(netns.identity.ino % 65_536n))
}

/**
 * The address inside. Without a bridge it is the second host. On a bridge, each router link records the address of its
 * namespace as its alias: a recorded address is kept, otherwise the first free one is recorded.
 * @throws {@link SystemError} `ENOSPC` when all addresses are taken
 */
export async function chooseAddress(
  outer: RtNetlink,
  routerLink: string,
  subnet: Subnet,
  bridge: string | undefined,
): Promise<string> {
  if (bridge === undefined) return hostAt(subnet, 2)
  const own = await outer.links.get(routerLink)
  if (own.ifalias) return own.ifalias
  const ports = await outer.links.list({ master: bridge })
  const taken = new Set(ports.map(({ ifalias }) => ifalias))
  const bridgeAddresses = await outer.addresses.list({ link: bridge, family: 'inet' })
  const gateways = new Set(bridgeAddresses.map(({ address }) => toNumber(withoutPrefix(address))))
  for (let n = 1; n <= hostCount(subnet); n++) {
    const address = hostAt(subnet, n)
    if (taken.has(address) || gateways.has(toNumber(withoutPrefix(address)))) continue
    await outer.links.set(routerLink, { ifalias: address })
    return address
  }
  throw new SystemError('connectUplink', ENOSPC, hostAt(subnet, 0), 'all addresses of the subnet are in use')
}
