import { ipVersion, ipv4, ipv6, Writer } from '../../protocol/index.js'

/** An address as sockets take it, and the link that a link-local one says it is on. */
export interface ZonedAddress {
  readonly version: 4 | 6
  readonly bytes: Uint8Array
  readonly zone: string | undefined
}

/** Reads `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`; undefined for what is no address. RFC 4007, section 11 */
export function parseZonedAddress(text: string): ZonedAddress | undefined {
  if (typeof text !== 'string') return undefined
  const [bare = '', zone, ...more] = text.split('%')
  const version = ipVersion(bare)
  if (version === undefined || more.length > 0 || zone === '' || (zone !== undefined && version === 4)) {
    return undefined
  }
  const out = new Writer(16)
  ;(version === 4 ? ipv4 : ipv6).encode(out, bare, {})
  return { version, bytes: out.written().slice(), zone }
}
