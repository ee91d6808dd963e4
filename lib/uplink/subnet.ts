import { formatIpv6, type IpFamily, parseIpv4, parseIpv6, viewOf } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { addressBits, parsePrefix } from '../prefix.js'

/** A network. Its first host is the gateway, the others are for namespaces. */
export interface Subnet {
  readonly family: IpFamily
  /** The network's address as a number. */
  readonly network: bigint
  /** The length of the prefix, in bits. */
  readonly length: number
}

/** The longest prefix: network and broadcast address, the gateway and one host. */
export const lengthMax = (family: IpFamily): number => addressBits(family) - 2

const EXAMPLES = { inet: '10.200.0.0/24', inet6: 'fd00:1:2:3::/64' } as const

export function toNumber(address: string): bigint {
  const ipv4 = parseIpv4(address)
  if (ipv4 >= 0) return BigInt(ipv4)
  return (parseIpv6(address) ?? []).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

export function toText(address: bigint, family: IpFamily): string {
  const bytes = Uint8Array.from(
    { length: addressBits(family) / 8 },
    (_, i, count = addressBits(family) / 8) => Number((address >> BigInt(8 * (count - 1 - i))) & 0xffn),
  )
  return family === 'inet' ? bytes.join('.') : formatIpv6(viewOf(bytes), 0)
}

/** The network of an address with a prefix length. */
export function subnetOf(text: string): Subnet {
  const { family, address, length } = parsePrefix(text, 'subnet')
  const rest = BigInt(addressBits(family) - length)
  return { family, network: (toNumber(address) >> rest) << rest, length }
}

/**
 * The subnet of a prefix, or of an address with a prefix length.
 * @throws {@link ArgumentError} when it is not of the family, or too long for a gateway and one host
 */
export function parseSubnet(text: string, family: IpFamily, argument: string): Subnet {
  const prefix = parsePrefix(text, argument)
  if (prefix.family !== family || prefix.length > lengthMax(family)) {
    const version = family === 'inet' ? 4 : 6
    const expected = `an IPv${version} prefix of at most ${lengthMax(family)} bits, such as ${EXAMPLES[family]}`
    throw new ArgumentError(argument, text, expected)
  }
  return subnetOf(text)
}

export const isSameSubnet = (a: Subnet, b: Subnet): boolean =>
  a.family === b.family && a.network === b.network && a.length === b.length

/** Whether two networks have addresses in common: one contains the other. */
export function overlap(a: Subnet, b: Subnet): boolean {
  if (a.family !== b.family) return false
  const rest = BigInt(addressBits(a.family) - Math.min(a.length, b.length))
  return a.network >> rest === b.network >> rest
}

/** The network's prefix: `10.200.0.0/24`. */
export const networkOf = ({ family, network, length }: Subnet): string =>
  `${toText(network, family)}/${length}`

/** The n-th host, with the prefix length. The first is the gateway. */
export const hostAt = ({ family, network, length }: Subnet, n: number): string =>
  `${toText(network + BigInt(n), family)}/${length}`

/** The hosts of a subnet that a search goes through: without the network and broadcast addresses, at most 65,534. */
export const hostCount = ({ family, length }: Subnet): number =>
  2 ** Math.min(addressBits(family) - length, 16) - 2

/** An address without its prefix length. */
export const withoutPrefix = (address: string): string => address.split('/')[0] ?? address
