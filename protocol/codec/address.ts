import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address-text.js'
import type { Codec, FixedCodec } from './codec.js'
import { DecodeError, EncodeError } from './errors.js'
import { needs } from './integers.js'
import type { Writer } from './writer.js'

function writeIpv4(out: Writer, value: string): boolean {
  const address = typeof value === 'string' ? parseIpv4(value) : -1
  if (address < 0) return false
  const at = out.reserve(4)
  out.view.setUint32(at, address)
  return true
}

function writeIpv6(out: Writer, value: string): boolean {
  const address = typeof value === 'string' ? parseIpv6(value) : undefined
  if (address === undefined) return false
  const at = out.reserve(16)
  out.bytes.set(address, at)
  return true
}

/** An IPv4 address of four bytes, as `192.0.2.1`. */
export const ipv4: FixedCodec<string> = {
  size: 4,
  decode(view, at, length) {
    needs(length, 4)
    return formatIpv4(view, at)
  },
  encode(out, value) {
    if (!writeIpv4(out, value)) throw new EncodeError(value, 'an IPv4 address such as 192.0.2.1')
  },
}

/** An IPv6 address of sixteen bytes, as RFC 5952 writes it: `2001:db8::1`. */
export const ipv6: FixedCodec<string> = {
  size: 16,
  decode(view, at, length) {
    needs(length, 16)
    return formatIpv6(view, at)
  },
  encode(out, value) {
    if (!writeIpv6(out, value)) throw new EncodeError(value, 'an IPv6 address such as 2001:db8::1')
  },
}

/** An address of either family: four bytes or sixteen tell which. */
export const ip: Codec<string> = {
  decode: decodeIp,
  encode(out, value) {
    if (!writeIpv4(out, value) && !writeIpv6(out, value)) {
      throw new EncodeError(value, 'an IPv4 or IPv6 address')
    }
  },
}

export function decodeIp(view: DataView, at: number, length: number): string {
  if (length === 4) return formatIpv4(view, at)
  if (length === 16) return formatIpv6(view, at)
  throw new DecodeError(`an IP address has 4 or 16 bytes, not ${length}`)
}
