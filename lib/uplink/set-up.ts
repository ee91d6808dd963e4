import { errno } from '../../protocol/index.js'
import { ArgumentError, SystemError } from '../errors.js'
import type { Nftables } from '../nftables/nftables.js'
import type { Link } from '../rtnetlink/link/types.js'
import type { RtNetlink } from '../rtnetlink/rtnetlink.js'
import { chooseAddress, chooseSubnet } from './choose.js'
import { enableForwarding } from './forwarding.js'
import { addMasquerade, listMasquerades } from './masquerade.js'
import type { UplinkOptions } from './options.js'
import { writeResolvConf } from './resolv-conf.js'
import { findLink, type Inside, type Router } from './router.js'
import { hostAt, networkOf, withoutPrefix } from './subnet.js'

const { EEXIST } = errno
const LINK = 'eth0'

/** The parts of an uplink. */
export interface UplinkSettings {
  /** The address inside, with its prefix length. */
  readonly address: string
  /** The router's address. */
  readonly gateway: string
  /** The name of the link inside. */
  readonly link: string
  /** The name of the other end of the pair, at the router. */
  readonly routerLink: string
}

/**
 * Creates the missing parts of an uplink, and keeps the existing ones.
 * @param existing the router's end of the pair, from an earlier call
 */
export async function setUp(
  router: Router,
  inside: Inside,
  options: UplinkOptions,
  existing: Link | undefined,
): Promise<UplinkSettings> {
  const { routerLink, net: inner } = inside
  const { net: outer, nft, netns } = router
  const { bridge } = options
  const ownsBridge = bridge !== undefined && (await createdHere(outer, nft, bridge))
  const subnet = await chooseSubnet(outer, inside, options, existing, ownsBridge)
  const gateway = hostAt(subnet, 1)
  await refuseOtherDefaultRoute(inner, withoutPrefix(gateway))
  // The rule records what tearDown has to undo, so it is written before anything else changes.
  await addMasquerade(nft, netns, { link: bridge ?? routerLink, subnet: networkOf(subnet), ownsBridge })
  enableForwarding(netns)
  if (bridge !== undefined) await ensureBridge(outer, bridge, ownsBridge ? gateway : undefined)

  const link = await ensurePair(outer, inside, options.link ?? LINK, existing)
  const address = await chooseAddress(outer, routerLink, subnet, bridge)
  if (bridge === undefined) await outer.addresses.replace({ link: routerLink, address: gateway })
  else await outer.links.set(routerLink, { master: bridge })
  await outer.links.set(routerLink, { up: true })
  await inner.addresses.replace({ link, address })
  await inner.links.set(link, { up: true })
  await inner.routes.replace({ dst: 'default', gateway: withoutPrefix(gateway), oif: link })
  if (inside.netns.name !== undefined) writeResolvConf(inside.netns.name, options.nameservers)
  return { address, gateway: withoutPrefix(gateway), link, routerLink }
}

/** Whether the bridge is, or will be, one that an uplink created; such a bridge is deleted with its last uplink. */
async function createdHere(outer: RtNetlink, nft: Nftables, bridge: string): Promise<boolean> {
  if ((await findLink(outer, bridge)) === undefined) return true
  return (await listMasquerades(nft)).some(({ link, ownsBridge }) => link === bridge && ownsBridge)
}

/** @throws {@link SystemError} `EEXIST` when the namespace has a default route through another gateway */
async function refuseOtherDefaultRoute(inner: RtNetlink, gateway: string): Promise<void> {
  const routes = await inner.routes.list({ family: 'inet', table: 'main' })
  const other = routes.find((route) => route.dst === 'default' && route.gateway !== gateway)
  if (other === undefined) return
  throw new SystemError(
    'connectUplink',
    EEXIST,
    `default via ${other.gateway ?? `link ${other.oif}`}`,
    'the namespace has another default route',
  )
}

/**
 * @param gateway the address to give to the bridge; undefined for a bridge that was there before, which keeps its own
 */
async function ensureBridge(outer: RtNetlink, name: string, gateway: string | undefined): Promise<void> {
  const existing = await findLink(outer, name)
  if (existing === undefined) await outer.links.add({ kind: 'bridge', name })
  else if (existing.kind !== 'bridge') {
    const kind = existing.kind === undefined ? 'no kind' : `kind ${existing.kind}`
    const message = `bridge must be the name of a bridge, but the link ${name} is of ${kind}`
    throw new ArgumentError('bridge', name, 'the name of a bridge', message)
  }
  if (gateway !== undefined) {
    await outer.addresses.replace({ link: name, address: gateway })
    await outer.links.set(name, { up: true })
  }
}

/** Creates the veth pair unless it exists. Returns the name of the end inside. */
async function ensurePair(
  outer: RtNetlink,
  { net: inner, netns, routerLink }: Inside,
  name: string,
  existing: Link | undefined,
): Promise<string> {
  if (existing !== undefined) {
    const peer = (await inner.links.list({ kind: 'veth' })).find((link) => link.link === existing.index)
    if (peer !== undefined) return peer.name
    // The other end was moved to another namespace.
    await outer.links.delete(routerLink)
  }
  await outer.links.add({ kind: 'veth', name: routerLink, peer: { name, netns } })
  return name
}
