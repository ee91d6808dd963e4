import { isRtnetlinkError } from '../../../protocol/errors.js'
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
    const inside = withoutPrefix(address)
    flows.push({ family, inside, egress: await egressOf(net, family, inside, index) })
  }
  return { link: { name, index }, flows }
}

/** Addresses that stand for any on the internet. No packet is sent. */
const ANYWHERE = { inet: '8.8.8.8', inet6: '2001:4860:4860::8888' } as const

/** The link that the router forwards packets to the internet by; without a way there, one to another network. */
async function egressOf(
  net: RtNetlink,
  family: IpFamily,
  inside: string,
  iif: number,
): Promise<LinkIdentity> {
  try {
    const { oif } = await net.routes.get(ANYWHERE[family], { src: inside, iif })
    if (oif !== undefined) return { name: (await net.links.get(oif)).name, index: oif }
  } catch (error) {
    // There is no such route, or the links are not up yet.
    if (!isRtnetlinkError(error)) throw error
  }
  return guessEgress(net, family)
}

async function guessEgress(net: RtNetlink, family: IpFamily): Promise<LinkIdentity> {
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
