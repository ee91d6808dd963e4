import type { RtNetlink } from '../rtnetlink/rtnetlink.js'
import { listMasquerades, type MasqueradeRule, removeMasquerades } from './masquerade.js'
import { removeResolvConf } from './resolv-conf.js'
import { findLink, isRouterLink, type Router } from './router.js'

/**
 * Removes an uplink, and the remains of uplinks that are gone.
 * @param name the name of the namespace, if it has one
 */
export async function tearDown(router: Router, routerLink: string, name: string | undefined): Promise<void> {
  if (await findLink(router.net, routerLink)) await router.net.links.delete(routerLink)
  await collectStale(router)
  if (name !== undefined) removeResolvConf(name)
}

/** Removes the rules and bridges of uplinks that are gone: their namespace was deleted, or their process was killed. */
export async function collectStale({ net, nft, netns }: Router): Promise<void> {
  const stale: MasqueradeRule[] = []
  for (const rule of await listMasquerades(nft)) if (!(await isUsed(net, rule))) stale.push(rule)
  await removeMasquerades(nft, netns, stale)
}

/** Whether an uplink uses a rule. Deletes a bridge that an uplink created once it has no ports. */
async function isUsed(net: RtNetlink, { link, ownsBridge }: MasqueradeRule): Promise<boolean> {
  const existing = await findLink(net, link)
  if (existing === undefined) return false
  if (isRouterLink(link)) return true
  const ports = await net.links.list({ master: existing.index })
  if (ports.some((port) => isRouterLink(port.name))) return true
  if (ownsBridge && ports.length === 0) await net.links.delete(existing.index)
  return false
}
