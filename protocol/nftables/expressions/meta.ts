import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** NFT_META_*: metadata of a packet. include/uapi/linux/netfilter/nf_tables.h */
export const metaKey = enumeration(be32, {
  len: 0,
  protocol: 1,
  priority: 2,
  mark: 3,
  iif: 4,
  oif: 5,
  iifname: 6,
  oifname: 7,
  iiftype: 8,
  oiftype: 9,
  skuid: 10,
  skgid: 11,
  nftrace: 12,
  rtclassid: 13,
  secmark: 14,
  nfproto: 15,
  l4proto: 16,
  ibrname: 17,
  obrname: 18,
  pkttype: 19,
  cpu: 20,
  iifgroup: 21,
  oifgroup: 22,
  cgroup: 23,
  random: 24,
  ipsec: 25,
  iifkind: 26,
  oifkind: 27,
  ibrpvid: 28,
  ibrvproto: 29,
  time: 30,
  day: 31,
  hour: 32,
  sdif: 33,
  sdifname: 34,
  broute: 35,
})

/**
 * Loads metadata of the packet into `dreg`, or sets it from `sreg`. NFTA_META_*:
 * include/uapi/linux/netfilter/nf_tables.h
 */
export const meta = expression(
  'meta',
  attributes({
    /** NFTA_META_DREG */
    dreg: [1, register],
    /** NFTA_META_KEY */
    key: [2, metaKey],
    /** NFTA_META_SREG */
    sreg: [3, register],
  }),
)
