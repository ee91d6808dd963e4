import { attributes } from '../../codec/attributes.js'
import { be32, be64 } from '../../codec/integers.js'
import { bitFlags } from '../../codec/names.js'
import { expression } from '../expression.js'

/** Goes on until so many bytes have come, or from then on. NFTA_QUOTA_*: include/uapi/linux/netfilter/nf_tables.h */
export const quota = expression(
  'quota',
  attributes({
    /** NFTA_QUOTA_BYTES */
    bytes: [1, be64],
    /** NFTA_QUOTA_FLAGS: `invert` goes on beyond it */
    flags: [2, bitFlags(be32, { invert: 1, depleted: 2 })],
    /** NFTA_QUOTA_CONSUMED, bytes so far */
    consumed: [4, be64],
  }),
)
