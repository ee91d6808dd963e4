import { viewOf } from '../codec/writer.js'

/* RFC 792, RFC 4443: u8 type, u8 code, u16 checksum, u16 identifier, u16 sequence, then the payload. */
const HEADER = 8
const REQUEST = { 4: 8, 6: 128 } as const
const REPLY = { 4: 0, 6: 129 } as const

/** An ICMP echo, of IPv4 or IPv6. */
export interface EchoPacket {
  readonly identifier: number
  readonly sequence: number
  readonly payload: Uint8Array
}

/** An echo request. For IPv6 the kernel fills in the checksum, which covers the addresses. */
export function encodeEchoRequest(version: 4 | 6, packet: EchoPacket): Uint8Array {
  const bytes = new Uint8Array(HEADER + packet.payload.length)
  const view = viewOf(bytes)
  view.setUint8(0, REQUEST[version])
  view.setUint16(4, packet.identifier)
  view.setUint16(6, packet.sequence)
  bytes.set(packet.payload, HEADER)
  if (version === 4) view.setUint16(2, internetChecksum(bytes))
  return bytes
}

/** Decodes an echo reply; undefined for any other packet. The payload is a view of the given bytes. */
export function decodeEchoReply(version: 4 | 6, bytes: Uint8Array): EchoPacket | undefined {
  const view = viewOf(bytes)
  if (bytes.length < HEADER || view.getUint8(0) !== REPLY[version] || view.getUint8(1) !== 0) return undefined
  return { identifier: view.getUint16(4), sequence: view.getUint16(6), payload: bytes.subarray(HEADER) }
}

/** The payload of an IPv4 packet and its time to live; undefined if the header is incomplete. RFC 791 */
export function stripIpv4Header(bytes: Uint8Array): { payload: Uint8Array; ttl: number } | undefined {
  const [first = 0] = bytes
  const size = (first & 0xf) * 4
  if (first >> 4 !== 4 || size < 20 || bytes.length < size) return undefined
  return { payload: bytes.subarray(size), ttl: bytes[8] as number }
}

/** The checksum of RFC 1071. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] as number) << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
