import { ArgumentError, SystemError } from '../errors.js'
import { parsePrefix } from '../prefix.js'
import type { RtNetlink } from '../rtnetlink/rtnetlink.js'

/** Where subnets come from that nobody chose. */
const POOL = toNumber('10.213.0.0')
const POOL_BITS = 16
const ENOSPC = 28

/** An IPv4 network: its first host is the gateway, the others are for namespaces. */
export interface Subnet {
  readonly network: number
  readonly length: number
}

export function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

/** The subnet of a prefix, or of an address with one. @throws ArgumentError */
export function parseSubnet(text: string): Subnet {
  const { family, address, length } = parsePrefix(text, 'subnet')
  if (family !== 'inet' || length > 30) {
    throw new ArgumentError('subnet', text, 'an IPv4 prefix of at most 30 bits, such as 10.200.0.0/24')
  }
  const size = 2 ** (32 - length)
  return { network: Math.floor(toNumber(address) / size) * size, length }
}

/** The n-th host, with its prefix; the gateway is the first. */
export function host({ network, length }: Subnet, n: number): string {
  return `${toText(network + n)}/${length}`
}

/** How many hosts there may be besides the gateway. */
export const room = ({ length }: Subnet) => 2 ** (32 - length) - 3

/** An address without its prefix. */
export const bare = (address: string) => address.split('/')[0] ?? address

/**
 * A subnet of the pool that no route leads to but a default one. Which, goes by the number, so that different namespaces
 * begin to look at different places.
 * @throws SystemError `ENOSPC`
 */
export async function freeSubnet(router: RtNetlink, length: number, number: number): Promise<Subnet> {
  const count = 2 ** (length - POOL_BITS)
  for (let i = 0; i < count; i++) {
    const network = POOL + ((number + i) % count) * 2 ** (32 - length)
    const route = await router.routes.get(toText(network + 1), { fibMatch: true }).catch(() => undefined)
    if (route === undefined || route.dst === 'default') return { network, length }
  }
  throw new SystemError('connectOut', ENOSPC, 'subnets of 10.213.0.0/16', 'all are in use; give a `subnet`')
}
