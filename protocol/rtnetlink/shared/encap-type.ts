import { u16 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'

/** LWTUNNEL_ENCAP_*: how the packets of a route are encapsulated. include/uapi/linux/lwtunnel.h */
export const encapType = enumeration(u16, {
  none: 0,
  mpls: 1,
  ip: 2,
  ila: 3,
  ip6: 4,
  seg6: 5,
  bpf: 6,
  seg6Local: 7,
  rpl: 8,
  ioam6: 9,
  xfrm: 10,
})
