import { isNetlinkError } from '../connection/index.js'
import { isLinkNotFoundError } from '../errors.js'
import { Netns } from '../netns/netns.js'
import type { NetnsRef } from '../netns/reference.js'
import { Nftables } from '../nftables/nftables.js'
import type { Link } from '../rtnetlink/link/types.js'
import { RtNetlink } from '../rtnetlink/rtnetlink.js'
import { readState } from './state.js'

/** A router's network namespace with its connections. */
export interface Router {
  readonly netns: Netns
  readonly net: RtNetlink
  readonly nft: Nftables
}

/** The namespace that is connected. */
export interface Inside {
  readonly netns: Netns
  readonly net: RtNetlink
  /** The name of its link's other end. */
  readonly routerLink: string
  /** The identity of the uplink, which its link records. */
  readonly id: string
}

export async function openRouter(via: NetnsRef | undefined): Promise<Router & Disposable> {
  const netns = via === undefined ? Netns.current() : Netns.open(via)
  const opened: Disposable[] = [netns]
  const close = () => {
    for (const resource of opened) resource[Symbol.dispose]()
  }
  try {
    const nft = await Nftables.open({ netns })
    opened.push(nft)
    const net = await RtNetlink.open({ netns })
    opened.push(net)
    return { netns, nft, net, [Symbol.dispose]: close }
  } catch (error) {
    close()
    throw error
  }
}

/**
 * 8 digits: the inode of a namespace is an unsigned 32-bit number. The name has 15 bytes, the most that a link's may
 * have.
 */
const ROUTER_LINK = /^uplink-[0-9a-f]{8}$/

/** The name of the router's end of the pair, derived from the namespace's inode, so that every process finds it. */
export function routerLinkOf({ identity }: Netns): string {
  return `uplink-${identity.ino.toString(16).padStart(8, '0')}`
}

/** Whether a link's name is one that {@link routerLinkOf} makes. */
export const isRouterLink = (name: string): boolean => ROUTER_LINK.test(name)

/**
 * The first bytes of the hardware address of bridges that uplinks create. A link gets its address in the request that
 * creates it, so that such a bridge is recognized even if the process is killed right after.
 */
const OWN_BRIDGE = '02:75:70:6c:'

/** A hardware address for a bridge, by which {@link isOwnBridge} recognizes it. */
export function ownBridgeAddress(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(2))
  return OWN_BRIDGE + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':')
}

/** Whether a bridge was created by an uplink, and is deleted with the last one. */
export const isOwnBridge = ({ kind, address, ifalias }: Link): boolean =>
  kind === 'bridge' && (address?.startsWith(OWN_BRIDGE) === true || readState(ifalias)?.owned === true)

export async function findLink(net: RtNetlink, name: string): Promise<Link | undefined> {
  try {
    return await net.links.get(name)
  } catch (error) {
    if (isLinkNotFoundError(error) || isNetlinkError(error, 'ENODEV')) return undefined
    throw error
  }
}
