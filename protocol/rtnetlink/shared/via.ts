import { ip } from '../../codec/address.js'
import type { Codec } from '../../codec/codec.js'
import { DecodeError } from '../../codec/errors.js'
import { u16 } from '../../codec/integers.js'
import { af } from './family.js'

/**
 * struct rtvia: a family followed by an address, for a next hop whose family is not the route's own.
 * include/uapi/linux/rtnetlink.h
 */
export const via: Codec<string> = {
  decode(view, at, length, parent) {
    if (length < 2) throw new DecodeError(`a family and an address expected, got ${length} bytes`)
    return ip.decode(view, at + 2, length - 2, parent)
  },
  encode(out, value, parent) {
    const start = out.reserve(2)
    ip.encode(out, value, parent)
    const end = out.at
    out.at = start
    u16.encode(out, end - start === 6 ? af.inet : af.inet6, parent)
    out.at = end
  },
}
