import { ip } from '../../codec/address.js'
import { align } from '../../codec/align.js'
import { attributes } from '../../codec/attributes.js'
import { bytes } from '../../codec/bytes.js'
import type { Codec, Input, Value } from '../../codec/codec.js'
import { DecodeError, EncodeError, withPath } from '../../codec/errors.js'
import { s32, u8, u16, u32 } from '../../codec/integers.js'
import { message } from '../../codec/message.js'
import { bitFlags } from '../../codec/names.js'
import { struct } from '../../codec/struct.js'
import { encapType } from './encap-type.js'
import { labels } from './labels.js'
import { nexthopFlagNames } from './nexthop-flags.js'
import { via } from './via.js'

/** struct rtnexthop and its attributes: one next hop of a multipath route. include/uapi/linux/rtnetlink.h */
export const nexthop = message(
  struct(
    {
      /** The length of the header and its attributes; set when encoding. */
      len: u16,
      flags: bitFlags(u8, nexthopFlagNames),
      /** The weight minus one. */
      hops: u8,
      /** The index of the outgoing link. */
      ifindex: s32,
    },
    { exact: true },
  ),
  attributes({
    /** RTA_GATEWAY */
    gateway: [5, ip],
    /** RTA_FLOW */
    flow: [11, u32],
    /** RTA_VIA */
    via: [18, via],
    /** RTA_NEWDST */
    newdst: [19, labels],
    /** RTA_ENCAP_TYPE */
    encapType: [21, encapType],
    /** RTA_ENCAP */
    encap: [22, bytes()],
  }),
)

export type NexthopValue = Omit<Value<typeof nexthop>, 'len'>
export type NexthopInput = Omit<Input<typeof nexthop>, 'len'>

/** RTA_MULTIPATH: next hops one after the other, each with its own length. */
export const multipath: Codec<NexthopValue[], readonly NexthopInput[]> = {
  decode(view, start, length, parent) {
    const hops: NexthopValue[] = []
    for (let at = start; start + length - at >= nexthop.header.size; ) {
      const size = view.getUint16(at, true)
      if (size < nexthop.header.size || at + size > start + length) {
        throw new DecodeError(`a next hop of ${size} bytes at offset ${at - start} in ${length} bytes`)
      }
      const { len: _, ...hop } = nexthop.decode(view, at, size, parent)
      hops.push(hop)
      at += align(size)
    }
    return hops
  },
  encode(out, hops, parent) {
    if (!Array.isArray(hops)) throw new EncodeError(hops, 'an array of next hops')
    for (const [index, hop] of hops.entries()) {
      const start = out.at
      try {
        nexthop.encode(out, hop, parent)
      } catch (error) {
        throw withPath(error, String(index))
      }
      out.view.setUint16(start, out.at - start, true)
      out.align()
    }
  },
}
