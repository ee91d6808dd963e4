import { errno } from '../../protocol/index.js'
import { ArgumentError, SystemError } from '../errors.js'
import { parsePrefix } from '../prefix.js'
import type { RtNetlink } from '../rtnetlink/rtnetlink.js'

const { ENOSPC } = errno
/** The pool of subnets for calls that request none. */
const POOL = '10.213.0.0'
const POOL_LENGTH = 16
/** The longest prefix: network and broadcast address, the gateway and one host. */
const LENGTH_MAX = 30

/** An IPv4 network. Its first host is the gateway, the others are for namespaces. */
export interface Subnet {
  /** The network's address as a number. */
  readonly network: number
  /** The length of the prefix, in bits. */
  readonly length: number
}

export const isSameSubnet = (a: Subnet, b: Subnet): boolean =>
  a.network === b.network && a.length === b.length

export function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

/**
 * The subnet of a prefix, or of an address with a prefix length.
 * @throws {@link ArgumentError} when it is not IPv4, or longer than 30 bits
 */
export function parseSubnet(text: string): Subnet {
  const { family, address, length } = parsePrefix(text, 'subnet')
  if (family !== 'inet' || length > LENGTH_MAX) {
    const expected = `an IPv4 prefix of at most ${LENGTH_MAX} bits, such as 10.200.0.0/24`
    throw new ArgumentError('subnet', text, expected)
  }
  const size = 2 ** (32 - length)
  return { network: Math.floor(toNumber(address) / size) * size, length }
}

/** The network's prefix: `10.200.0.0/24`. */
export const networkOf = ({ network, length }: Subnet): string => `${toText(network)}/${length}`

/** The n-th host, with the prefix length. The first is the gateway. */
export const hostAt = ({ network, length }: Subnet, n: number): string => `${toText(network + n)}/${length}`

/** How many hosts a subnet has, without the network and broadcast addresses. */
export const hostCount = ({ length }: Subnet): number => 2 ** (32 - length) - 2

/** An address without its prefix length. */
export const withoutPrefix = (address: string): string => address.split('/')[0] ?? address

/**
 * A subnet of the pool to which the router has no route except a default route.
 * @param start where in the pool to begin, so that different namespaces seldom try the same subnet
 * @throws {@link SystemError} `ENOSPC` when all subnets of the pool are in use
 */
export async function freeSubnet(router: RtNetlink, length: number, start: number): Promise<Subnet> {
  const count = 2 ** (length - POOL_LENGTH)
  for (let i = 0; i < count; i++) {
    const network = toNumber(POOL) + ((start + i) % count) * 2 ** (32 - length)
    const route = await router.routes.get(toText(network + 1), { fibMatch: true }).catch(() => undefined)
    if (route === undefined || route.dst === 'default') return { network, length }
  }
  const hint = 'all subnets are in use; pass another as `subnet`'
  throw new SystemError('connectUplink', ENOSPC, `${POOL}/${POOL_LENGTH}`, hint)
}
