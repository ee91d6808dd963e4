import { attributes } from '../../codec/attributes.js'
import { be32, be64 } from '../../codec/integers.js'
import { padding } from '../../codec/plan.js'
import { expression } from '../expression.js'

/** Remembers when a packet last reached it. NFTA_LAST_*: include/uapi/linux/netfilter/nf_tables.h */
export const last = expression(
  'last',
  attributes({
    /** NFTA_LAST_SET: zero before the first packet */
    set: [1, be32],
    /** NFTA_LAST_MSECS: the time since the last packet, ms */
    msecs: [2, be64],
    /** NFTA_LAST_PAD */
    pad: [3, padding],
  }),
)
