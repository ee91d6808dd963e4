import { errno, type IpFamily } from '../../protocol/index.js'
import { ArgumentError, SystemError } from '../errors.js'
import type { RtNetlink } from '../rtnetlink/rtnetlink.js'
import { findOverlap, isInTheWay, type Occupied, occupiedSubnets, RESERVED_SUBNETS } from './occupied.js'
import type { UplinkOptions } from './options.js'
import { isAnswered } from './probe.js'
import { findLink, type Inside, isOwnBridge, isRouterLink } from './router.js'
import { readState, type UplinkState, writeState } from './state.js'
import {
  hostAt,
  hostCount,
  isSameSubnet,
  networkOf,
  overlap,
  parseSubnet,
  type Subnet,
  subnetOf,
  toNumber,
  withoutPrefix,
} from './subnet.js'

const { ENOSPC } = errno
/** The pool of IPv4 subnets for calls that request none. */
const POOL = subnetOf('10.213.0.0/16')
/* Prefix lengths of subnets from the pool: two hosts for a pair, 253 and the gateway for a bridge. */
const PAIR_LENGTH = 30
const BRIDGE_LENGTH = 24
/** RFC 4193: fd00::/8 and 40 random bits are a site's prefix; 16 more bits are the subnet's. */
const ULA = subnetOf('fd00::/8')
const ULA_LENGTH = 64
/** Random prefixes are tried this often: a second one is hardly ever needed. */
const ULA_TRIES = 16

/** A subnet with the router's address in it. */
export interface Gateway {
  readonly subnet: Subnet
  /** The router's address, with the prefix length. */
  readonly address: string
}

const ARGUMENTS = { inet: 'subnet', inet6: 'subnet6' } as const

const gatewayAtFirstHost = (subnet: Subnet): Gateway => ({ subnet, address: hostAt(subnet, 1) })

/**
 * The subnet of the router's link or bridge if it has an address, else the one requested, else an unused one.
 * @param state what an earlier call recorded
 * @returns undefined for an existing bridge without an address of the family
 * @throws {@link ArgumentError} when the requested subnet differs from the existing one, or overlaps with another
 * network
 */
export async function chooseGateway(
  outer: RtNetlink,
  { netns, net: inner, routerLink, link }: Inside & { readonly link: string },
  family: IpFamily,
  options: UplinkOptions,
  state: UplinkState | undefined,
  ownsBridge: boolean,
): Promise<Gateway | undefined> {
  const { bridge } = options
  const argument = ARGUMENTS[family]
  const requested = options[argument]
  const holder = bridge ?? routerLink
  const mayRepair = bridge === undefined || ownsBridge
  const current = await currentGateway(outer, holder, family, mayRepair ? state : undefined)
  if (current !== undefined) {
    if (requested === undefined || isSameSubnet(parseSubnet(requested, family, argument), current.subnet))
      return current
    throw new ArgumentError(argument, requested, `the subnet of ${holder}, which is ${current.address}`)
  }
  if (bridge !== undefined && !ownsBridge) return undefined
  const occupied = [
    ...(await occupiedSubnets(outer, family, holder)),
    ...(await occupiedSubnets(inner, family, link)).map(({ subnet, by, ...rest }) => ({
      ...rest,
      subnet,
      by: `${by} in the namespace itself`,
    })),
  ]
  if (requested !== undefined) {
    const subnet = parseSubnet(requested, family, argument)
    const by = findOverlap(subnet, [...RESERVED_SUBNETS, ...occupied])
    if (by === undefined) return gatewayAtFirstHost(subnet)
    const expected = 'a subnet that nothing else uses'
    throw new ArgumentError(
      argument,
      requested,
      expected,
      `${argument} must be ${expected}: ${networkOf(subnet)} overlaps with ${by}`,
    )
  }
  if (family === 'inet6') return gatewayAtFirstHost(randomSubnet(occupied))
  const length = bridge === undefined ? PAIR_LENGTH : BRIDGE_LENGTH
  return gatewayAtFirstHost(freeSubnet(occupied, length, Number(netns.identity.ino % 65_536n)))
}

/** The address that the holder has, or that an earlier call recorded and another program has removed. */
async function currentGateway(
  outer: RtNetlink,
  holder: string,
  family: IpFamily,
  state: UplinkState | undefined,
): Promise<Gateway | undefined> {
  const found = await findLink(outer, holder)
  const addresses = found === undefined ? [] : await outer.addresses.list({ link: found.index, family })
  const own = addresses.find(({ scope }) => scope === 'global')
  if (own !== undefined) return { subnet: subnetOf(own.address), address: own.address }
  const ofBridge = found && isOwnBridge(found) ? readState(found.ifalias) : undefined
  const recorded = [...(ofBridge?.addresses ?? []), ...(state?.addresses ?? [])]
  const address = recorded.find((one) => subnetOf(one).family === family)
  return address === undefined ? undefined : gatewayAtFirstHost(subnetOf(address))
}

/**
 * The first free subnet of the pool.
 * @param start where in the pool to begin, so that different namespaces seldom try the same subnet
 * @throws {@link SystemError} `ENOSPC` when all subnets of the pool are in use
 */
function freeSubnet(occupied: readonly Occupied[], length: number, start: number): Subnet {
  const count = 2 ** (length - POOL.length)
  const size = 2n ** BigInt(32 - length)
  const isTaken = new Uint8Array(count)
  for (const one of occupied) {
    const { subnet } = one
    if (!isInTheWay(one, length) || !overlap(subnet, POOL)) continue
    const first = Number((subnet.network - POOL.network) / size)
    const last = Number((subnet.network + 2n ** BigInt(32 - subnet.length) - 1n - POOL.network) / size)
    isTaken.fill(1, Math.max(first, 0), Math.min(last, count - 1) + 1)
  }
  for (let i = 0; i < count; i++) {
    const n = (start + i) % count
    if (!isTaken[n]) return { family: 'inet', network: POOL.network + BigInt(n) * size, length }
  }
  const hint = 'all subnets are in use; pass another as `subnet`'
  throw new SystemError('connectUplink', ENOSPC, networkOf(POOL), hint)
}

/** @throws {@link SystemError} `ENOSPC` when all prefixes that were tried are in use */
function randomSubnet(occupied: readonly Occupied[]): Subnet {
  for (let i = 0; i < ULA_TRIES; i++) {
    const bits = crypto
      .getRandomValues(new Uint8Array(7))
      .reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
    const subnet: Subnet = { family: 'inet6', network: ULA.network | (bits << 64n), length: ULA_LENGTH }
    if (findOverlap(subnet, occupied) === undefined) return subnet
  }
  throw new SystemError(
    'connectUplink',
    ENOSPC,
    networkOf(ULA),
    'no free prefix was found; pass one as `subnet6`',
  )
}

/**
 * The addresses inside. Without a bridge it is the second host. On a bridge, each router link records the addresses of
 * its namespace: a recorded address is kept, otherwise the first free one is recorded.
 * @throws {@link SystemError} `ENOSPC` when all addresses are taken
 */
export async function chooseAddresses(
  outer: RtNetlink,
  routerLink: string,
  gateways: readonly Gateway[],
  state: Omit<UplinkState, 'addresses'>,
): Promise<string[]> {
  const own = await outer.links.get(routerLink)
  const recorded = readState(own.ifalias)?.addresses ?? []
  const addresses: string[] = []
  for (const gateway of gateways) {
    const { subnet } = gateway
    const kept = recorded.find((address) => isSameSubnet(subnetOf(address), subnet))
    addresses.push(kept ?? (await freeAddress(outer, gateway, state.bridge)))
  }
  const alias = writeState({ ...state, addresses })
  if (own.ifalias !== alias) await outer.links.set(routerLink, { ifalias: alias })
  return addresses
}

/** The bridge's index, if it reaches hosts of others, whose addresses nothing here tells: containers, machines. */
async function linkWithOthers(outer: RtNetlink, bridge: string): Promise<number | undefined> {
  const { index, up } = await outer.links.get(bridge)
  const ports = up ? await outer.links.list({ master: index }) : []
  return ports.some((port) => port.up && !isRouterLink(port.name)) ? index : undefined
}

async function freeAddress(
  outer: RtNetlink,
  { subnet, address }: Gateway,
  bridge: string | undefined,
): Promise<string> {
  const taken = new Set([toNumber(withoutPrefix(address))])
  if (bridge !== undefined) {
    for (const { ifalias } of await outer.links.list({ master: bridge }))
      for (const one of readState(ifalias)?.addresses ?? []) taken.add(toNumber(withoutPrefix(one)))
    for (const one of await outer.addresses.list({ link: bridge, family: subnet.family }))
      taken.add(toNumber(withoutPrefix(one.address)))
  }
  const probed = bridge === undefined ? undefined : await linkWithOthers(outer, bridge)
  for (let n = 1; n <= hostCount(subnet); n++) {
    if (taken.has(subnet.network + BigInt(n))) continue
    const candidate = hostAt(subnet, n)
    if (probed === undefined || !(await isAnswered(outer, probed, withoutPrefix(candidate)))) return candidate
  }
  throw new SystemError('connectUplink', ENOSPC, networkOf(subnet), 'all addresses of the subnet are in use')
}
