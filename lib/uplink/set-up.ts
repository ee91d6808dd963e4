import { errno, type IpFamily } from '../../protocol/index.js'
import { ArgumentError, SystemError } from '../errors.js'
import { Netns } from '../netns/netns.js'
import type { NetnsRef } from '../netns/reference.js'
import type { Link } from '../rtnetlink/link/types.js'
import type { RtNetlink } from '../rtnetlink/rtnetlink.js'
import { chooseAddresses, chooseGateway, type Gateway } from './choose.js'
import { findBlockers, forwardTables, legacyWarning, pathOf, warningOf } from './forward/index.js'
import type { UplinkOptions } from './options.js'
import { enableIpv6, reconcile } from './reconcile.js'
import { removeResolvConf, routerNameservers, writeResolvConf } from './resolv-conf.js'
import { findLink, type Inside, isOwnBridge, isRouterLink, ownBridgeAddress, type Router } from './router.js'
import { readState, type UplinkState, writeState } from './state.js'
import { subnetOf, withoutPrefix } from './subnet.js'
import { readSysctl, sysctlName } from './sysctl-record.js'
import { untilUndisturbed } from './undisturbed.js'
import type { UplinkWarning } from './warnings.js'

const { EEXIST } = errno
const LINK = 'eth0'

/** The addresses of an uplink, of one family. */
export interface UplinkAddresses {
  /** The address inside, with its prefix length. */
  readonly address: string
  /** The router's address. */
  readonly gateway: string
}

/** The parts of an uplink. */
export interface UplinkSettings extends UplinkAddresses {
  /** The IPv6 addresses; undefined without IPv6. */
  readonly ipv6: UplinkAddresses | undefined
  /** The name of the link inside. */
  readonly link: string
  /** The name of the other end of the pair, at the router. */
  readonly routerLink: string
  /** The name servers of the programs inside, if the namespace has a name. */
  readonly nameservers: readonly string[]
  /** What may keep the uplink from working, although it was set up. */
  readonly warnings: readonly UplinkWarning[]
}

/**
 * Creates the missing parts of an uplink, and keeps the existing ones.
 * @param existing the router's end of the pair, from an earlier call
 */
export async function setUp(
  router: Router,
  inside: Inside,
  given: UplinkOptions,
  existing: Link | undefined,
): Promise<UplinkSettings> {
  const { routerLink, net: inner } = inside
  const { net: outer } = router
  const state = readState(existing?.ifalias)
  const options = continued(given, state)
  const { bridge } = options

  // Everything that can be refused is checked before anything changes.
  const bridgeLink = bridge === undefined ? undefined : await findLink(outer, bridge)
  assertBridge(bridge, bridgeLink)
  const ownsBridge = bridge !== undefined && (bridgeLink === undefined || isOwnBridge(bridgeLink))
  const name = (await existingPeer(inner, existing))?.name ?? options.link ?? LINK
  const gateways: Gateway[] = []
  for (const family of ['inet', 'inet6'] as const) {
    if (family === 'inet6' && !(await wantsIpv6(router, inside, options, state))) continue
    const chosen = await chooseGateway(outer, { ...inside, link: name }, family, options, state, ownsBridge)
    if (chosen !== undefined) gateways.push(chosen)
    else if (family === 'inet' || options.ipv6 || options.subnet6 !== undefined) {
      const version = family === 'inet' ? 4 : 6
      throw new ArgumentError(
        'bridge',
        bridge,
        `a bridge with an IPv${version} address, which is the gateway`,
      )
    }
  }
  for (const gateway of gateways) await refuseOtherDefaultRoute(inner, gateway)

  if (bridge !== undefined) await ensureBridge(outer, bridge, bridgeLink, ownsBridge ? gateways : [])
  const link = await ensurePair(outer, inside, name, existing)
  await removeUnwanted(router, inside, link, gateways, state)
  const addresses = await chooseAddresses(outer, routerLink, gateways, {
    bridge,
    id: inside.id,
    open: options.openForward,
  })
  await reconcile(router)
  const parts = addresses.map((address, i) => ({
    address,
    gateway: withoutPrefix((gateways[i] as Gateway).address),
  }))
  for (const part of parts) await connectInside(inside, link, part)

  const warnings: UplinkWarning[] = []
  if (bridge !== undefined && !ownsBridge && bridgeLink?.up === false) {
    const message = `the bridge ${bridge} is down, and does not carry packets; set it up`
    warnings.push({ kind: 'bridge', bridge, message })
  }
  const families = new Set(addresses.map((address) => subnetOf(address).family))
  warnings.push(...(await inspectForward(router, bridge ?? routerLink, addresses)))
  const legacy = legacyWarning(router.netns, families)
  if (legacy !== undefined) warnings.push(legacy)
  const nameservers = setNameservers(router, inside, options, families, warnings)
  const [ipv4, ipv6] = ['inet', 'inet6'].map((family) =>
    parts.find(({ address }) => subnetOf(address).family === family),
  )
  return { ...(ipv4 as UplinkAddresses), ipv6, link, routerLink, nameservers, warnings }
}

/** What an earlier call was given holds as long as a later one does not say otherwise. */
function continued(options: UplinkOptions, state: UplinkState | undefined): UplinkOptions {
  if (state === undefined) return options
  const { bridge = state.bridge, openForward = state.open } = options
  if (bridge !== state.bridge) {
    const expected =
      state.bridge === undefined
        ? 'left out'
        : `${state.bridge}, the bridge that the namespace is connected by`
    const message = `bridge must be ${expected}; disconnect the namespace first to connect it in another way`
    throw new ArgumentError('bridge', bridge, expected, message)
  }
  return { ...options, bridge, openForward }
}

function assertBridge(name: string | undefined, existing: Link | undefined): void {
  if (name === undefined || existing === undefined || existing.kind === 'bridge') return
  const kind = existing.kind === undefined ? 'no kind' : `kind ${existing.kind}`
  const message = `bridge must be the name of a bridge, but the link ${name} is of ${kind}`
  throw new ArgumentError('bridge', name, 'the name of a bridge', message)
}

/** By default, if the router has IPv6 itself, and IPv6 is not disabled inside. */
async function wantsIpv6(
  { net, netns: router }: Router,
  { netns: inside }: Inside,
  { ipv6, subnet6 }: UplinkOptions,
  state: UplinkState | undefined,
): Promise<boolean> {
  if (ipv6 === false) return false
  const isDisabled = (netns: Router['netns'], link: string) =>
    readSysctl(netns, sysctlName('ipv6', link, 'disable_ipv6')) !== '0'
  const missing = [router, inside].some(
    (netns) => readSysctl(netns, sysctlName('ipv6', 'default', 'disable_ipv6')) === undefined,
  )
  if (ipv6 || subnet6 !== undefined) {
    if (!missing) return true
    throw new ArgumentError('ipv6', ipv6, 'false, since the kernel has no IPv6')
  }
  if (missing) return false
  // A later call keeps what there is.
  if (state !== undefined && state.addresses.length > 0)
    return state.addresses.some((address) => subnetOf(address).family === 'inet6')
  if (isDisabled(inside, 'all') || isDisabled(inside, 'default')) return false
  const own = new Set(
    (await net.links.list())
      .filter((link) => isRouterLink(link.name) || isOwnBridge(link))
      .map(({ index }) => index),
  )
  const addresses = await net.addresses.list({ family: 'inet6' })
  return addresses.some(({ scope, link }) => scope === 'global' && !own.has(link))
}

/** @throws {@link SystemError} `EEXIST` when the namespace has a default route through another gateway */
async function refuseOtherDefaultRoute(inner: RtNetlink, { subnet, address }: Gateway): Promise<void> {
  const routes = await inner.routes.list({ family: subnet.family, table: 'main' })
  const other = routes.find((route) => route.dst === 'default' && route.gateway !== withoutPrefix(address))
  if (other === undefined) return
  throw new SystemError(
    'connectUplink',
    EEXIST,
    `default via ${other.gateway ?? `link ${other.oif}`}`,
    'the namespace has another default route',
  )
}

/**
 * Creates the bridge unless it exists, and records the addresses of one that uplinks own.
 * @param gateways the addresses to give to the bridge; none for a bridge that was there before, which keeps its own
 */
async function ensureBridge(
  outer: RtNetlink,
  name: string,
  existing: Link | undefined,
  gateways: readonly Gateway[],
): Promise<void> {
  if (existing === undefined) await outer.links.add({ kind: 'bridge', name, address: ownBridgeAddress() })
  if (gateways.length === 0) return
  const recorded = readState(existing?.ifalias)?.addresses ?? []
  const addresses = [...new Set([...recorded, ...gateways.map(({ address }) => address)])]
  const ifalias = writeState({ addresses, owned: true })
  if (existing?.ifalias !== ifalias) await outer.links.set(name, { ifalias })
}

/** The end inside of an existing pair; undefined if it was moved to another namespace. */
export async function existingPeer(inner: RtNetlink, existing: Link | undefined): Promise<Link | undefined> {
  if (existing === undefined) return undefined
  return (await inner.links.list({ kind: 'veth' })).find((link) => link.link === existing.index)
}

/** Creates the veth pair unless it exists. Returns the name of the end inside. */
async function ensurePair(
  outer: RtNetlink,
  { net: inner, netns, routerLink }: Inside,
  name: string,
  existing: Link | undefined,
): Promise<string> {
  if (existing !== undefined) {
    const peer = await existingPeer(inner, existing)
    if (peer !== undefined) return peer.name
    await outer.links.delete(routerLink)
  }
  await outer.links.add({ kind: 'veth', name: routerLink, peer: { name, netns } })
  return name
}

/** Removes the addresses and the default route of a family that a later call does not want. */
async function removeUnwanted(
  { net: outer }: Router,
  { net: inner, routerLink }: Inside,
  link: string,
  gateways: readonly Gateway[],
  state: UplinkState | undefined,
): Promise<void> {
  for (const address of state?.addresses ?? []) {
    const { family } = subnetOf(address)
    if (gateways.some(({ subnet }) => subnet.family === family)) continue
    for (const route of await inner.routes.list({ family, oif: link, table: 'main' }))
      if (route.dst === 'default') await inner.routes.delete(route)
    await inner.addresses.flush({ family, link, scope: 'global' })
    await outer.addresses.flush({ family, link: routerLink, scope: 'global' })
  }
}

async function connectInside(
  { netns, net }: Inside,
  link: string,
  { address, gateway }: UplinkAddresses,
): Promise<void> {
  const { family } = subnetOf(address)
  if (family === 'inet6') enableIpv6(netns, link)
  await net.addresses.replace({ link, address, flags: family === 'inet6' ? ['nodad'] : undefined })
  await net.links.set(link, { up: true })
  await net.routes.replace({ dst: 'default', gateway, oif: link })
}

/** Finds what keeps the packets of an uplink from being forwarded. */
async function inspectForward({ net, netns, nft }: Router, name: string, addresses: readonly string[]) {
  const tables = await untilUndisturbed(() => forwardTables(nft))
  const path = await pathOf(net, await net.links.get(name), addresses)
  const warnings: UplinkWarning[] = []
  for (const { family, egress } of path.flows) {
    const warning = family === 'inet' ? disabledWarning(netns, egress.name) : undefined
    if (warning !== undefined) warnings.push(warning)
  }
  return [...warnings, ...findBlockers(tables, path).map((blocker) => warningOf(blocker, name))]
}

function disabledWarning(netns: Netns, link: string | undefined): UplinkWarning | undefined {
  if (link === undefined) return undefined
  const name = sysctlName('ipv4', link, 'forwarding')
  if (readSysctl(netns, name) !== '0') return undefined
  const message = `${name} is 0 although net.ipv4.ip_forward is 1: answers that come in by ${link} are not forwarded`
  return { kind: 'forwarding', link, message }
}

const nameOf = (ref: NetnsRef | undefined) => (ref instanceof Netns ? ref.name : undefined)

function setNameservers(
  router: Router,
  { netns: { name }, id }: Inside,
  { nameservers, via }: UplinkOptions,
  families: ReadonlySet<IpFamily>,
  warnings: UplinkWarning[],
): readonly string[] {
  if (name === undefined) return []
  const servers = nameservers ?? routerNameservers(nameOf(via) ?? router.netns.name, families)
  const warning = writeResolvConf(name, servers, { id, router: router.netns.identity.ino })
  if (warning !== undefined) {
    warnings.push(warning)
    return []
  }
  // None is wanted: those of an earlier call are not either.
  if (nameservers?.length === 0) removeResolvConf(name)
  if (nameservers === undefined && servers.length === 0) {
    const message =
      'this machine has no name server that other namespaces can reach; pass some as `nameservers`'
    warnings.push({ kind: 'nameservers', reason: 'unusable', message })
  }
  return servers
}
