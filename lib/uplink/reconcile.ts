import type { IpFamily } from '../../protocol/index.js'
import { isNetlinkError } from '../connection/index.js'
import type { Link } from '../rtnetlink/link/types.js'
import { closeChains, findBlockers, forwardTables, openChains, pathOf } from './forward/index.js'
import { enableForwarding, restoreForwarding, type UsedLinks } from './forwarding.js'
import { type Masquerade, replaceMasquerades } from './masquerade.js'
import { isOwnBridge, isRouterLink, type Router } from './router.js'
import { runAll } from './run-all.js'
import { readState, type UplinkState } from './state.js'
import { hostAt, networkOf, subnetOf } from './subnet.js'
import { readSysctl, sysctlName, writeSysctl } from './sysctl-record.js'
import { untilUndisturbed } from './undisturbed.js'

/** An uplink, as the router's links tell it. */
export interface LivingUplink {
  readonly link: Link
  readonly state: UplinkState
  /** The bridge that it is a port of, if that exists. */
  readonly bridge: Link | undefined
}

/**
 * Brings the router into the state that its uplinks need, whatever was removed or left behind: addresses, masquerading,
 * forwarding, opened chains. With the last uplink, everything is given back. Each link's alias says what its uplink needs.
 */
export async function reconcile(router: Router): Promise<void> {
  const links = await router.net.links.list()
  const routerLinks = links.filter(({ name }) => isRouterLink(name))
  const uplinks = livingUplinks(links)
  const used = usedLinks(uplinks)
  await runAll([
    () => deleteUnusedBridges(router, links, routerLinks),
    () => repairLinks(router, uplinks),
    () => untilUndisturbed(() => replaceMasquerades(router.nft, masqueradesOf(uplinks))),
    () => restoreForwarding(router, used),
    () => enableForwarding(router, used),
    () => untilUndisturbed(() => openForwardChains(router, uplinks)),
  ])
}

/** Opens the chains of others for the uplinks that want it, and removes such rules of other uplinks. */
async function openForwardChains({ net, nft }: Router, uplinks: readonly LivingUplink[]): Promise<void> {
  const open = uplinks.filter(({ state }) => state.open)
  await closeChains(nft, await forwardTables(nft), new Set(open.map(nameOnPath)))
  for (const uplink of open) {
    const path = await pathOf(net, uplink.bridge ?? uplink.link, uplink.state.addresses)
    await openChains(nft, findBlockers(await forwardTables(nft), path), nameOnPath(uplink))
  }
}

export function livingUplinks(links: readonly Link[]): LivingUplink[] {
  return links.flatMap((link) => {
    const state = isRouterLink(link.name) ? readState(link.ifalias) : undefined
    if (state === undefined) return []
    const bridge = links.find(({ name, kind }) => name === state.bridge && kind === 'bridge')
    // Without its bridge it is not connected, until the next call for its namespace.
    if (state.bridge !== undefined && bridge === undefined) return []
    return [{ link, state, bridge }]
  })
}

/** The link that an uplink's packets are forwarded from and to. */
export const nameOnPath = ({ link, bridge }: LivingUplink): string => (bridge ?? link).name

function usedLinks(uplinks: readonly LivingUplink[]): Map<IpFamily, UsedLinks> {
  const used = new Map<IpFamily, UsedLinks>()
  for (const family of ['inet', 'inet6'] as const) {
    const ofFamily = uplinks.filter(({ state }) =>
      state.addresses.some((one) => subnetOf(one).family === family),
    )
    const isShared = ({ bridge }: LivingUplink) => bridge !== undefined && !isOwnBridge(bridge)
    const namesOf = (some: readonly LivingUplink[]) => new Set(some.map(nameOnPath))
    const own = namesOf(ofFamily.filter((uplink) => !isShared(uplink)))
    if (ofFamily.length > 0) used.set(family, { own, shared: namesOf(ofFamily.filter(isShared)) })
  }
  return used
}

function masqueradesOf(uplinks: readonly LivingUplink[]): Masquerade[] {
  const rules = new Map<string, Masquerade>()
  for (const uplink of uplinks) {
    const link = nameOnPath(uplink)
    for (const subnet of uplink.state.addresses.map(subnetOf)) {
      const rule = { family: subnet.family, link, subnet: networkOf(subnet) }
      rules.set(`${rule.link} ${rule.subnet}`, rule)
    }
  }
  return [...rules.values()]
}

/** Deletes bridges that an uplink created, once they have no ports. */
async function deleteUnusedBridges({ net }: Router, links: readonly Link[], routerLinks: readonly Link[]) {
  for (const bridge of links.filter(isOwnBridge)) {
    const isUsed =
      links.some(({ master }) => master === bridge.index) ||
      routerLinks.some(({ ifalias }) => readState(ifalias)?.bridge === bridge.name)
    if (!isUsed) await net.links.delete(bridge.index)
  }
}

/** Gives the router's links the addresses and the state that they had. */
async function repairLinks({ net, netns }: Router, uplinks: readonly LivingUplink[]): Promise<void> {
  const held = await net.addresses.list()
  const give = async (link: Link, addresses: readonly string[]) => {
    for (const address of addresses) {
      const { family } = subnetOf(address)
      if (held.some((one) => one.link === link.index && one.address === address)) continue
      if (family === 'inet6') enableIpv6(netns, link.name)
      const spec = { link: link.index, address, flags: family === 'inet6' ? (['nodad'] as const) : undefined }
      await net.addresses.replace(spec)
    }
    if (!link.up) await net.links.set(link.index, { up: true })
  }
  for (const bridge of new Set(uplinks.map(({ bridge }) => bridge))) {
    if (bridge && isOwnBridge(bridge)) await give(bridge, readState(bridge.ifalias)?.addresses ?? [])
  }
  for (const { link, state, bridge } of uplinks) {
    if (bridge !== undefined && link.master !== bridge.index)
      await ignoringMissing(net.links.set(link.index, { master: bridge.index }))
    const gateways =
      bridge === undefined ? state.addresses.map((address) => hostAt(subnetOf(address), 1)) : []
    await ignoringMissing(give(link, gateways))
  }
}

/** The kernel deletes a pair at any time when its namespace is gone. */
async function ignoringMissing(act: Promise<void>): Promise<void> {
  try {
    await act
  } catch (error) {
    if (!isNetlinkError(error, 'ENODEV')) throw error
  }
}

/** Links that were made for an uplink have IPv6 even where new links have not. */
export function enableIpv6(netns: Router['netns'], link: string): void {
  const name = sysctlName('ipv6', link, 'disable_ipv6')
  if (readSysctl(netns, name) === '1') writeSysctl(netns, name, '0')
}
