import { attributes } from '../../codec/attributes.js'
import { be32, be64 } from '../../codec/integers.js'
import { bitFlags, enumeration } from '../../codec/names.js'
import { expression } from '../expression.js'

/** Goes on below a rate, or above it. NFTA_LIMIT_*: include/uapi/linux/netfilter/nf_tables.h */
export const limit = expression(
  'limit',
  attributes({
    /** NFTA_LIMIT_RATE: packets or bytes */
    rate: [1, be64],
    /** NFTA_LIMIT_UNIT: in so many seconds */
    unit: [2, be64],
    /** NFTA_LIMIT_BURST */
    burst: [3, be32],
    /** NFTA_LIMIT_TYPE */
    type: [4, enumeration(be32, { packets: 0, bytes: 1 })],
    /** NFTA_LIMIT_FLAGS: `invert` goes on above the rate */
    flags: [5, bitFlags(be32, { invert: 1 })],
  }),
)
