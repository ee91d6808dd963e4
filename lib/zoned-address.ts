import { ipVersion, ipv4, ipv6, Writer } from '../protocol/index.js'
import { ArgumentError } from './errors.js'

/** An address as sockets take it, with the link that a link-local address is on. */
export interface ZonedAddress {
  readonly version: 4 | 6
  /** 4 or 16 bytes, in network order. */
  readonly bytes: Uint8Array
  /** The part after `%`: the name of a link, or its index. */
  readonly zone: string | undefined
}

/** An address and what follows its first `%`: the name of a link may have a percent sign as well. */
export function splitZone(text: string): { readonly bare: string; readonly zone: string | undefined } {
  const percent = typeof text === 'string' ? text.indexOf('%') : -1
  return percent < 0
    ? { bare: text, zone: undefined }
    : { bare: text.slice(0, percent), zone: text.slice(percent + 1) }
}

/**
 * Parses `192.0.2.1`, `2001:db8::1` or `fe80::1%eth0`. Only IPv6 addresses have zones. RFC 4007, section 11
 * @throws {@link ArgumentError} when the text is not an address; host names are not looked up
 */
export function parseZonedAddress(text: string, argument: string): ZonedAddress {
  const { bare, zone } = splitZone(text)
  const version = typeof bare === 'string' ? ipVersion(bare) : undefined
  if (version === undefined || zone === '' || (zone !== undefined && version === 4)) {
    throw new ArgumentError(argument, text, 'an IPv4 or IPv6 address, such as 192.0.2.1 or fe80::1%eth0')
  }
  const out = new Writer(16)
  ;(version === 4 ? ipv4 : ipv6).encode(out, bare, {})
  return { version, bytes: out.written().slice(), zone }
}
