import { attributes } from '../../codec/attributes.js'
import { be16 } from '../../codec/integers.js'
import { bitFlags } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** Hands the packet to a program. NFTA_QUEUE_*: include/uapi/linux/netfilter/nf_tables.h */
export const queue = expression(
  'queue',
  attributes({
    /** NFTA_QUEUE_NUM: the first queue */
    num: [1, be16],
    /** NFTA_QUEUE_TOTAL: the number of queues that share the load */
    total: [2, be16],
    /** NFTA_QUEUE_FLAGS: `bypass` accepts packets while no program listens */
    flags: [3, bitFlags(be16, { bypass: 1, cpuFanout: 2 })],
    /** NFTA_QUEUE_SREG_QNUM */
    sregQnum: [4, register],
  }),
)
