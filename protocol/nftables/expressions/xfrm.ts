import { attributes } from '../../codec/attributes.js'
import { be32, u8 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** Loads a property of an IPsec state of the packet. NFTA_XFRM_*: include/uapi/linux/netfilter/nf_tables.h */
export const xfrm = expression(
  'xfrm',
  attributes({
    /** NFTA_XFRM_DREG */
    dreg: [1, register],
    /** NFTA_XFRM_KEY */
    key: [
      2,
      enumeration(be32, { unspec: 0, daddrIp4: 1, daddrIp6: 2, saddrIp4: 3, saddrIp6: 4, reqid: 5, spi: 6 }),
    ],
    /** NFTA_XFRM_DIR */
    dir: [3, enumeration(u8, { in: 0, out: 1 })],
    /** NFTA_XFRM_SPNUM: the index of the state in the path */
    spnum: [4, be32],
  }),
)
