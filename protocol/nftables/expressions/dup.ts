import { attributes } from '../../codec/attributes.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** Sends a copy of the packet to another host. NFTA_DUP_*: include/uapi/linux/netfilter/nf_tables.h */
export const dup = expression(
  'dup',
  attributes({
    /** NFTA_DUP_SREG_ADDR */
    sregAddr: [1, register],
    /** NFTA_DUP_SREG_DEV */
    sregDev: [2, register],
  }),
)
