import { zoneLinkIndex } from '../link-reference.js'
import { assertInteger } from '../options.js'
import { parseZonedAddress } from '../zoned-address.js'
import { closeFd } from './fd.js'
import { requireLinkIndex } from './link-index.js'
import { AF_INET, AF_INET6, openSocket, SOCK_DGRAM } from './socket.js'

const PORT_MAX = 65_535

/** An IP address with a port. */
export interface InetEndpoint {
  readonly version: 4 | 6
  /** 4 or 16 bytes, in network order. */
  readonly address: Uint8Array
  readonly port: number
  /** The link's index of a link-local IPv6 address; 0 otherwise. */
  readonly scope: number
  /** For error messages: `192.0.2.1:80`, `[2001:db8::1]:80`. */
  readonly text: string
}

/**
 * Parses an address; a zone is resolved in the network namespace of the calling thread.
 * @throws {@link ArgumentError} when the host is not an address, or the port is not from 0 to 65535
 * @throws {@link LinkNotFoundError} when the zone names no link of this namespace
 */
export function inetEndpoint(
  host: string,
  port: number,
  hostArgument = 'host',
  portArgument = 'port',
): InetEndpoint {
  const { version, bytes, zone } = parseZonedAddress(host, hostArgument)
  assertInteger(portArgument, port, 0, PORT_MAX)
  const text = version === 4 ? `${host}:${port}` : `[${host}]:${port}`
  const scope = zone === undefined ? 0 : zoneIndex(zone, hostArgument)
  return { version, address: bytes, port, scope, text }
}

function zoneIndex(zone: string, argument: string): number {
  const socket = openSocket(AF_INET, SOCK_DGRAM, 0)
  try {
    return zoneLinkIndex((link) => requireLinkIndex(socket, link, argument), zone)
  } finally {
    closeFd(socket)
  }
}

/**
 * struct sockaddr_in: u16 family, be16 port, address. struct sockaddr_in6: u16 family, be16 port, u32 flow label,
 * address, u32 scope. ip(7), ipv6(7)
 */
export function socketAddress({ version, address, port, scope }: Omit<InetEndpoint, 'text'>): Uint8Array {
  const bytes = new Uint8Array(version === 4 ? 16 : 28)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, version === 4 ? AF_INET : AF_INET6, true)
  view.setUint16(2, port)
  bytes.set(address, version === 4 ? 4 : 8)
  if (version === 6) view.setUint32(24, scope, true)
  return bytes
}
