import { attributes } from '../../codec/attributes.js'
import { be32, be64 } from '../../codec/integers.js'
import { bitFlags, enumeration } from '../../codec/names.js'
import { padding } from '../../codec/plan.js'
import { expression } from '../expression.js'

/** Matches up to a rate, or above it with `invert`. NFTA_LIMIT_*: include/uapi/linux/netfilter/nf_tables.h */
export const limit = expression(
  'limit',
  attributes({
    /** NFTA_LIMIT_RATE: packets or bytes per `unit` */
    rate: [1, be64],
    /** NFTA_LIMIT_UNIT: seconds */
    unit: [2, be64],
    /** NFTA_LIMIT_BURST: packets or bytes allowed above the rate at once */
    burst: [3, be32],
    /** NFTA_LIMIT_TYPE */
    type: [4, enumeration(be32, { packets: 0, bytes: 1 })],
    /** NFTA_LIMIT_FLAGS */
    flags: [5, bitFlags(be32, { invert: 1 })],
    /** NFTA_LIMIT_PAD */
    pad: [6, padding],
  }),
)
