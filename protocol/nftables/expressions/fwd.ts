import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** Sends the packet out by another link. NFTA_FWD_*: include/uapi/linux/netfilter/nf_tables.h */
export const fwd = expression(
  'fwd',
  attributes({
    /** NFTA_FWD_SREG_DEV */
    sregDev: [1, register],
    /** NFTA_FWD_SREG_ADDR: the neighbour to send it to */
    sregAddr: [2, register],
    /** NFTA_FWD_NFPROTO: the family of that address */
    nfproto: [3, enumeration(be32, { ip: 2, ip6: 10 })],
  }),
)
