import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** NFT_RT_*. include/uapi/linux/netfilter/nf_tables.h */
export const rtKey = enumeration(be32, { classid: 0, nexthop4: 1, nexthop6: 2, tcpmss: 3, xfrm: 4 })

/** Loads a property of the route of the packet. NFTA_RT_*: include/uapi/linux/netfilter/nf_tables.h */
export const rt = expression(
  'rt',
  attributes({
    /** NFTA_RT_DREG */
    dreg: [1, register],
    /** NFTA_RT_KEY */
    key: [2, rtKey],
  }),
)
