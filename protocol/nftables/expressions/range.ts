import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { nftData, register } from '../data.js'
import { expression } from '../expression.js'

/**
 * Matches if a register is between two values; with `neq`, if it is not.
 * NFTA_RANGE_*: include/uapi/linux/netfilter/nf_tables.h
 */
export const range = expression(
  'range',
  attributes({
    /** NFTA_RANGE_SREG */
    sreg: [1, register],
    /** NFTA_RANGE_OP */
    op: [2, enumeration(be32, { eq: 0, neq: 1 })],
    /** NFTA_RANGE_FROM_DATA */
    fromData: [3, nftData],
    /** NFTA_RANGE_TO_DATA: inclusive */
    toData: [4, nftData],
  }),
)
