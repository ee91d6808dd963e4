import { formatIpv4, formatIpv6, parseIpv4, writeIpv6 as writeIpv6Text } from './address-text.js'
import type { Codec, Decoder, FixedCodec, SourceScope } from './codec.js'
import { DecodeError, EncodeError } from './errors.js'
import { requireLength } from './integers.js'
import type { Writer } from './writer.js'

function writeIpv4(out: Writer, value: string): boolean {
  const address = typeof value === 'string' ? parseIpv4(value) : -1
  if (address < 0) return false
  const at = out.reserve(4)
  out.view.setUint32(at, address)
  return true
}

function writeIpv6(out: Writer, value: string): boolean {
  if (typeof value !== 'string') return false
  const at = out.reserve(16)
  if (writeIpv6Text(value, out.view, at)) return true
  out.at = at
  return false
}

/** An IPv4 address of four bytes, as `192.0.2.1`. */
export const ipv4: FixedCodec<string> = {
  size: 4,
  source: (at, length, { bind }) => (length < 4 ? undefined : `${bind(formatIpv4)}(view, ${at})`),
  decode(view, at, length) {
    requireLength(length, 4)
    return formatIpv4(view, at)
  },
  encode(out, value) {
    if (!writeIpv4(out, value)) throw new EncodeError(value, 'an IPv4 address such as 192.0.2.1')
  },
}

/** An IPv6 address of sixteen bytes, as RFC 5952 writes it: `2001:db8::1`. */
export const ipv6: FixedCodec<string> = {
  size: 16,
  source: (at, length, { bind }) => (length < 16 ? undefined : `${bind(formatIpv6)}(view, ${at})`),
  decode(view, at, length) {
    requireLength(length, 16)
    return formatIpv6(view, at)
  },
  encode(out, value) {
    if (!writeIpv6(out, value)) throw new EncodeError(value, 'an IPv6 address such as 2001:db8::1')
  },
}

/** An address of either family, determined by its length: four bytes or sixteen. */
export const ip: Codec<string> = {
  source: ipSource,
  decode: decodeIp,
  encode(out, value) {
    if (!writeIpv4(out, value) && !writeIpv6(out, value)) {
      throw new EncodeError(value, 'an IPv4 or IPv6 address')
    }
  },
}

/** Reads an address as a prefix, `192.0.2.0/24`, whose length in bits is the header's field of this name. */
export function ipPrefix(lengthField: string): Decoder<string> {
  return {
    source(at, length, scope) {
      const address = ipSource(at, length, scope)
      return address && `${address} + '/' + ${scope.parent}[${JSON.stringify(lengthField)}]`
    },
    decode: (view, at, length, parent) => `${decodeIp(view, at, length)}/${parent[lengthField]}`,
  }
}

function ipSource(at: string, length: number, scope: SourceScope): string | undefined {
  if (length === 4) return ipv4.source?.(at, length, scope)
  return length === 16 ? ipv6.source?.(at, length, scope) : undefined
}

function decodeIp(view: DataView, at: number, length: number): string {
  if (length === 4) return formatIpv4(view, at)
  if (length === 16) return formatIpv6(view, at)
  throw new DecodeError(`an IP address of 4 or 16 bytes expected, got ${length}`)
}
