import { NetlinkError } from '../connection/index.js'
import { ArgumentError, LinkNotFoundError, SystemError } from '../errors.js'
import { Netns } from '../netns/netns.js'
import type { NetnsRef } from '../netns/reference.js'
import { Nftables } from '../nftables/nftables.js'
import { assertKnownKeys } from '../options.js'

import type { Link } from '../rtnetlink/link/spec.js'
import { RtNetlink } from '../rtnetlink/rtnetlink.js'
import { switchForwardingOn } from './forwarding.js'
import { withRouter } from './lock.js'
import { masquerade, masqueraded, type Noted, stopMasquerading } from './masquerade.js'
import { checkNameservers, removeResolvConf, writeResolvConf } from './resolv-conf.js'
import { bare, freeSubnet, host, parseSubnet, room, type Subnet, toNumber } from './subnet.js'

const EEXIST = 17
const ENOSPC = 28
/** Two hosts, or some; of subnets that nobody chose. */
const PAIR_BITS = 30
const BRIDGE_BITS = 24

export interface ConnectOutOptions {
  /** The namespace that leads on; the calling thread's own otherwise. */
  readonly via?: NetnsRef | undefined
  /** Joins a bridge of this name there, which is made if there is none; routed otherwise. */
  readonly bridge?: string | undefined
  /** The IPv4 network between the two: its first host is the gateway. A free one of 10.213.0.0/16 otherwise. */
  readonly subnet?: string | undefined
  /** The link's name inside, `eth0` otherwise. */
  readonly link?: string | undefined
  /** For /etc/netns/NAME/resolv.conf, if the namespace has a name; this machine's own otherwise. */
  readonly nameservers?: readonly string[] | undefined
}

/** A way out of a namespace. */
export interface WayOut extends AsyncDisposable {
  /** The address inside, with its prefix. */
  readonly address: string
  /** The router's address. */
  readonly gateway: string
  /** The link inside. */
  readonly link: string
  /** The other end, at the router. */
  readonly routerLink: string
  /** Undoes all that was made for it, and nothing else; again does nothing. */
  disconnect(): Promise<void>
}

/**
 * Leads a namespace out: a veth pair to a router's namespace, addresses, a default route, forwarding, masquerading, and
 * name servers for the programs that `netns.spawn` runs with `mounts`. IPv4.
 *
 * What is there already is left as it is: to call it again changes nothing, and mends what was left half-way. All that it
 * knows, it knows from the kernel, so that another process may go on, or undo it (`disconnectOut`).
 *
 * @param netns the namespace to lead out; with a name, its programs get name servers
 * @throws ArgumentError, SystemError `EEXIST` where the namespace leads out already by another way, `EPERM`
 * @throws NftablesMissingError, NetlinkError
 */
export async function connectOut(netns: NetnsRef, options: ConnectOutOptions = {}): Promise<WayOut> {
  assertKnownKeys(options, ['via', 'bridge', 'subnet', 'link', 'nameservers'], 'options')
  checkNameservers(options.nameservers)
  if (options.subnet !== undefined) parseSubnet(options.subnet)
  using inside = Netns.open(netns)
  using site = await openSite(options.via)
  if (inside.equals(site.router))
    throw new ArgumentError('netns', netns, 'a namespace other than the router’s')
  using inner = await RtNetlink.open({ netns: inside })
  const way = wayOf(inside)
  return await withRouter(site.router, async () => {
    const before = await find(site.outer, way.routerLink)
    if (before === undefined) await sweep(site)
    try {
      const made = await build({ ...site, inside, inner, ...way }, options, before)
      // The namespace may be gone by then.
      const disconnect = () => undo(way, options.via)
      return { ...made, disconnect, [Symbol.asyncDispose]: disconnect }
    } catch (error) {
      // What this call began is not left half-way.
      if (before === undefined) await takeDown(site, way)
      throw error
    }
  })
}

/** Undoes what `connectOut` made for a namespace, whoever called it; nothing where there is nothing. @throws as `connectOut` */
export async function disconnectOut(
  netns: NetnsRef,
  options: Pick<ConnectOutOptions, 'via'> = {},
): Promise<void> {
  using inside = Netns.open(netns)
  await undo(wayOf(inside), options.via)
}

/** What is known of a way beforehand. */
interface Way {
  /** Goes by the namespace's number: whoever comes later finds it. */
  readonly routerLink: string
  readonly name: string | undefined
}

const PREFIX = 'out-'

function wayOf({ identity, name }: Netns): Way {
  return { routerLink: `${PREFIX}${identity.ino.toString(16)}`, name }
}

/** The router, and what one talks to it with. */
interface Router {
  readonly router: Netns
  readonly outer: RtNetlink
  readonly nft: Nftables
}

/** The inside as well. */
interface Site extends Router, Way {
  readonly inside: Netns
  readonly inner: RtNetlink
}

async function openSite(via: NetnsRef | undefined): Promise<Router & Disposable> {
  const router = via === undefined ? Netns.current() : Netns.open(via)
  const opened: Disposable[] = [router]
  const close = () => {
    for (const one of opened) one[Symbol.dispose]()
  }
  try {
    const nft = await Nftables.open({ netns: router })
    opened.push(nft)
    const outer = await RtNetlink.open({ netns: router })
    opened.push(outer)
    return { router, nft, outer, [Symbol.dispose]: close }
  } catch (error) {
    close()
    throw error
  }
}

async function undo(way: Way, via: NetnsRef | undefined): Promise<void> {
  using site = await openSite(via)
  await withRouter(site.router, () => takeDown(site, way))
}

async function build(
  site: Site,
  options: ConnectOutOptions,
  before: Link | undefined,
): Promise<Pick<WayOut, 'address' | 'gateway' | 'link' | 'routerLink'>> {
  const { inner, outer, nft, router, inside, routerLink } = site
  const { bridge } = options
  const made =
    bridge !== undefined && ((await find(outer, bridge)) === undefined || (await wasMade(nft, bridge)))
  const subnet = await chooseSubnet(site, options, before, made)
  const gateway = host(subnet, 1)
  const network = `${bare(host(subnet, 0))}/${subnet.length}`
  await refuseOtherWay(inner, bare(gateway))
  // What has to be undone is noted before it is done.
  await masquerade(nft, router, { link: bridge ?? routerLink, subnet: network, made })
  switchForwardingOn(router)
  if (bridge !== undefined) await ensureBridge(outer, bridge, made ? gateway : undefined)

  const link = await ensurePair(site, options.link ?? 'eth0', before)
  const address = await chooseAddress(site, subnet, bridge)
  if (bridge === undefined) await outer.addresses.replace({ link: routerLink, address: gateway })
  else await outer.links.set(routerLink, { master: bridge })
  await outer.links.set(routerLink, { up: true })
  await inner.addresses.replace({ link, address })
  await inner.links.set(link, { up: true })
  await inner.routes.replace({ dst: 'default', gateway: bare(gateway), oif: link })
  if (inside.name !== undefined) writeResolvConf(inside.name, options.nameservers)
  return { address, gateway: bare(gateway), link, routerLink }
}

/** The subnet that there is, that is wanted, or that is free. */
async function chooseSubnet(
  site: Site,
  options: ConnectOutOptions,
  before: Link | undefined,
  made: boolean,
): Promise<Subnet> {
  const { outer, inside, routerLink } = site
  const { bridge } = options
  const holder = bridge ?? (before && routerLink)
  const there = holder !== undefined && (await find(outer, holder)) !== undefined
  const [own] = there ? await outer.addresses.list({ link: holder, family: 'inet' }) : []
  if (own !== undefined) {
    const found = parseSubnet(own.address)
    if (options.subnet === undefined || sameSubnet(parseSubnet(options.subnet), found)) return found
    throw new ArgumentError('subnet', options.subnet, `that of ${holder}, ${own.address}`)
  }
  if (bridge !== undefined && !made)
    throw new ArgumentError('bridge', bridge, 'a bridge with an IPv4 address, which is the gateway')
  if (options.subnet !== undefined) return parseSubnet(options.subnet)
  const length = bridge === undefined ? PAIR_BITS : BRIDGE_BITS
  return freeSubnet(outer, length, Number(inside.identity.ino % 65_536n))
}

const sameSubnet = (a: Subnet, b: Subnet) => a.network === b.network && a.length === b.length

/** @throws SystemError `EEXIST` where packets leave by another way already */
async function refuseOtherWay(inner: RtNetlink, gateway: string): Promise<void> {
  const routes = await inner.routes.list({ family: 'inet', table: 'main' })
  const other = routes.find((route) => route.dst === 'default' && route.gateway !== gateway)
  if (other === undefined) return
  throw new SystemError(
    'connectOut',
    EEXIST,
    `default via ${other.gateway ?? `link ${other.oif}`}`,
    'the namespace has a default route of its own',
  )
}

async function ensureBridge(outer: RtNetlink, name: string, gateway: string | undefined): Promise<void> {
  const there = await find(outer, name)
  if (there === undefined) await outer.links.add({ kind: 'bridge', name })
  else if (there.kind !== 'bridge')
    throw new ArgumentError('bridge', name, `a bridge: it is a ${there.kind} link`)
  if (gateway !== undefined) {
    await outer.addresses.replace({ link: name, address: gateway })
    await outer.links.set(name, { up: true })
  }
}

/** The pair, each end in its place; gives the name of the inner one. */
async function ensurePair(site: Site, name: string, before: Link | undefined): Promise<string> {
  const { inner, outer, inside, routerLink } = site
  if (before !== undefined) {
    const peer = (await inner.links.list({ kind: 'veth' })).find((link) => link.link === before.index)
    if (peer !== undefined) return peer.name
    // Somebody took the other end elsewhere.
    await outer.links.delete(routerLink)
  }
  await outer.links.add({ kind: 'veth', name: routerLink, peer: { name, netns: inside } })
  return name
}

/** The address inside: the one there is, or the first that no other port of the bridge notes as its own. */
async function chooseAddress(site: Site, subnet: Subnet, bridge: string | undefined): Promise<string> {
  const { outer, routerLink } = site
  if (bridge === undefined) return host(subnet, 2)
  const own = await outer.links.get(routerLink)
  if (own.ifalias) return own.ifalias
  const ports = await outer.links.list({ master: bridge })
  const taken = new Set(ports.map(({ ifalias }) => ifalias))
  const gateways = new Set(
    (await outer.addresses.list({ link: bridge, family: 'inet' })).map(({ address }) =>
      toNumber(bare(address)),
    ),
  )
  for (let n = 1; n <= room(subnet) + 1; n++) {
    const address = host(subnet, n)
    if (taken.has(address) || gateways.has(toNumber(bare(address)))) continue
    await outer.links.set(routerLink, { ifalias: address })
    return address
  }
  throw new SystemError('connectOut', ENOSPC, host(subnet, 0), 'all addresses of the subnet are in use')
}

async function wasMade(nft: Nftables, bridge: string): Promise<boolean> {
  return (await masqueraded(nft)).some(({ link, made }) => link === bridge && made)
}

async function takeDown({ outer, nft, router }: Router, { routerLink, name }: Way): Promise<void> {
  if (await find(outer, routerLink)) await outer.links.delete(routerLink)
  await sweep({ outer, nft, router })
  if (name !== undefined) removeResolvConf(name)
}

/** Takes away what others left behind: who was killed, and namespaces that went without a word. */
async function sweep({ outer, nft, router }: Router): Promise<void> {
  const unused: Noted[] = []
  for (const rule of await masqueraded(nft)) if (!(await isUsed(outer, rule))) unused.push(rule)
  await stopMasquerading(nft, router, unused)
}

/** Whether anything of ours is still behind a rule; a bridge that was made for it, and has nobody, goes. */
async function isUsed(outer: RtNetlink, { link, made }: Noted): Promise<boolean> {
  const there = await find(outer, link)
  if (there === undefined) return false
  if (link.startsWith(PREFIX)) return true
  const ports = await outer.links.list({ master: there.index })
  if (ports.some((port) => port.name.startsWith(PREFIX))) return true
  if (made && ports.length === 0) await outer.links.delete(there.index)
  return false
}

async function find(net: RtNetlink, name: string): Promise<Link | undefined> {
  try {
    return await net.links.get(name)
  } catch (error) {
    if (error instanceof LinkNotFoundError || (error instanceof NetlinkError && error.code === 'ENODEV'))
      return undefined
    throw error
  }
}
