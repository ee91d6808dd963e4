import { be32 } from '../codec/integers.js'
import { enumeration } from '../codec/names.js'

/** NFT_OBJECT_*: the types of named objects. include/uapi/linux/netfilter/nf_tables.h */
export const nftObjectType = enumeration(be32, {
  counter: 1,
  quota: 2,
  ctHelper: 3,
  limit: 4,
  connlimit: 5,
  tunnel: 6,
  ctTimeout: 7,
  secmark: 8,
  ctExpectation: 9,
  synproxy: 10,
})
