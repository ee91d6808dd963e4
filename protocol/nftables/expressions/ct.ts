import { attributes } from '../../codec/attributes.js'
import { be32, u8 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** NFT_CT_*: properties of the connection tracked for a packet. include/uapi/linux/netfilter/nf_tables.h */
export const ctKey = enumeration(be32, {
  state: 0,
  direction: 1,
  status: 2,
  mark: 3,
  secmark: 4,
  expiration: 5,
  helper: 6,
  l3protocol: 7,
  src: 8,
  dst: 9,
  protocol: 10,
  protoSrc: 11,
  protoDst: 12,
  labels: 13,
  pkts: 14,
  bytes: 15,
  avgpkt: 16,
  zone: 17,
  eventmask: 18,
  srcIp: 19,
  dstIp: 20,
  srcIp6: 21,
  dstIp6: 22,
  id: 23,
})

/**
 * IP_CT_DIR_*: the direction of a packet within its connection.
 * include/uapi/linux/netfilter/nf_conntrack_tuple_common.h
 */
export const ctDirection = enumeration(u8, { original: 0, reply: 1 })

/**
 * Loads a property of the connection into `dreg`, or sets it from `sreg`. NFTA_CT_*:
 * include/uapi/linux/netfilter/nf_tables.h
 */
export const ct = expression(
  'ct',
  attributes({
    /** NFTA_CT_DREG */
    dreg: [1, register],
    /** NFTA_CT_KEY */
    key: [2, ctKey],
    /** NFTA_CT_DIRECTION */
    direction: [3, ctDirection],
    /** NFTA_CT_SREG */
    sreg: [4, register],
  }),
)
