import { ip } from '../../codec/address.js'
import type { Codec } from '../../codec/codec.js'
import { DecodeError } from '../../codec/errors.js'
import { u16 } from '../../codec/integers.js'
import { af } from './family.js'

/**
 * struct rtvia: an address behind its family, for a next hop whose family is not the route's own.
 * include/uapi/linux/rtnetlink.h
 */
export const via: Codec<string> = {
  decode(view, at, length, owner) {
    if (length < 2) throw new DecodeError(`a family and an address expected, ${length} bytes there`)
    return ip.decode(view, at + 2, length - 2, owner)
  },
  encode(out, value, owner) {
    const start = out.reserve(2)
    ip.encode(out, value, owner)
    const end = out.at
    out.at = start
    u16.encode(out, end - start === 6 ? af.inet : af.inet6, owner)
    out.at = end
  },
}
