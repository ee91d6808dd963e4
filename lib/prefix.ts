import { type IpFamily, ipVersion } from '../protocol/index.js'
import { ArgumentError } from './errors.js'

/** An address with the length of its prefix. */
export interface Prefix {
  readonly address: string
  readonly length: number
  readonly family: IpFamily
}

/** How many bits an address of this family has. */
export const addressBits = (family: IpFamily): 32 | 128 => (family === 'inet' ? 32 : 128)

/**
 * The family of an address.
 * @throws {@link ArgumentError} when it is not an address
 */
export function familyOf(address: string, argument: string): IpFamily {
  const version = typeof address === 'string' ? ipVersion(address) : undefined
  if (version === undefined) throw new ArgumentError(argument, address, 'an IPv4 or IPv6 address')
  return version === 4 ? 'inet' : 'inet6'
}

/**
 * Reads `10.1.1.2/24`; an address without a length is a prefix of all its bits.
 * @throws {@link ArgumentError} when it is not an address or the length is out of range
 */
export function parsePrefix(text: string, argument: string): Prefix {
  const slash = typeof text === 'string' ? text.indexOf('/') : -1
  const address = slash < 0 ? text : text.slice(0, slash)
  const version = typeof address === 'string' ? ipVersion(address) : undefined
  if (version === undefined) {
    throw new ArgumentError(argument, text, 'an IPv4 or IPv6 address, such as 192.0.2.1/24 or 2001:db8::1/64')
  }
  const family = version === 4 ? 'inet' : 'inet6'
  const bits = addressBits(family)
  if (slash < 0) return { address, length: bits, family }
  const digits = text.slice(slash + 1)
  const length = /^(0|[1-9]\d{0,2})$/.test(digits) ? Number(digits) : -1
  if (length < 0 || length > bits) {
    throw new ArgumentError(argument, text, `an address with a prefix length of 0 to ${bits} after the slash`)
  }
  return { address, length, family }
}
