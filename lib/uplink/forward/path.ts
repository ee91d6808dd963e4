import type { IpFamily } from '../../../protocol/index.js'
import type { RtNetlink } from '../../rtnetlink/rtnetlink.js'
import { isRouterLink } from '../router.js'
import { subnetOf, withoutPrefix } from '../subnet.js'
import type { LinkIdentity } from './packet.js'

/** The way of an uplink's packets through the router. */
export interface Path {
  /** The router's link to the namespace, or the bridge. */
  readonly link: LinkIdentity & { readonly name: string }
  readonly flows: readonly Flow[]
}

interface Flow {
  readonly family: IpFamily
  /** The address inside. */
  readonly inside: string
  /** The link that packets leave by. */
  readonly egress: LinkIdentity
}

/**
 * @param link the router's link to the namespace, or the bridge
 * @param addresses the addresses inside, with their prefix lengths
 */
export async function pathOf(
  net: RtNetlink,
  { name, index }: { readonly name: string; readonly index: number },
  addresses: readonly string[],
): Promise<Path> {
  const flows: Flow[] = []
  for (const address of addresses) {
    const { family } = subnetOf(address)
    flows.push({ family, inside: withoutPrefix(address), egress: await egressOf(net, family) })
  }
  return { link: { name, index }, flows }
}

/** The link of the router's default route, or else of another network. */
async function egressOf(net: RtNetlink, family: IpFamily): Promise<LinkIdentity> {
  const links = new Map((await net.links.list()).map((link) => [link.index, link.name]))
  let other: LinkIdentity = {}
  for await (const { dst, oif } of net.routes.dump({ family, table: 'main', type: 'unicast' })) {
    const name = oif === undefined ? undefined : links.get(oif)
    if (name === undefined || isRouterLink(name)) continue
    if (dst === 'default') return { name, index: oif }
    if (!dst.startsWith('fe80:')) other = { name, index: oif }
  }
  return other
}
