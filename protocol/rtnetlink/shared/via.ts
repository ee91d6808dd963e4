import { ip, ipv4, ipv6 } from '../../codec/address.js'
import { hardwareAddress } from '../../codec/bytes.js'
import type { Codec } from '../../codec/codec.js'
import { DecodeError } from '../../codec/errors.js'
import { u16 } from '../../codec/integers.js'
import { af } from './family.js'

/**
 * struct rtvia: a family followed by an address, for a next hop whose family is not the route's own: an IP address, or
 * the link-layer address of a neighbour (AF_PACKET). include/uapi/linux/rtnetlink.h
 */
export const via: Codec<string> = {
  decode(view, at, length, parent) {
    if (length < 2) throw new DecodeError(`a family and an address expected, got ${length} bytes`)
    const family = view.getUint16(at, true)
    const codec = family === af.inet ? ipv4 : family === af.inet6 ? ipv6 : hardwareAddress
    return codec.decode(view, at + 2, length - 2, parent)
  },
  encode(out, value, parent) {
    const start = out.reserve(2)
    const isHardware = typeof value === 'string' && HARDWARE.test(value)
    if (isHardware) hardwareAddress.encode(out, value, parent)
    else ip.encode(out, value, parent)
    const end = out.at
    out.at = start
    u16.encode(out, isHardware ? af.packet : end - start === 6 ? af.inet : af.inet6, parent)
    out.at = end
  },
}

/** A link-layer address has two digits between all colons: no IPv6 address of six groups or fewer looks like that. */
const HARDWARE = /^[0-9a-f]{2}(?::[0-9a-f]{2}){1,6}$/i
