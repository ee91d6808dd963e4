import { AF_INET, AF_INET6 } from './socket.js'

/**
 * struct sockaddr_in: u16 family, be16 port, address; sockaddr_in6: a flow label between, the scope behind.
 * ip(7), ipv6(7)
 * @param address its bytes
 * @param scope the link's index, for link-local ones
 */
export function inetAddress(version: 4 | 6, address: Uint8Array, port = 0, scope = 0): Uint8Array {
  const name = new Uint8Array(version === 4 ? 16 : 28)
  const view = new DataView(name.buffer)
  view.setUint16(0, version === 4 ? AF_INET : AF_INET6, true)
  view.setUint16(2, port)
  name.set(address, version === 4 ? 4 : 8)
  if (version === 6) view.setUint32(24, scope, true)
  return name
}
