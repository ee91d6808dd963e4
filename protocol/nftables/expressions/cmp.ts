import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { nftData, register } from '../data.js'
import { expression } from '../expression.js'

/**
 * Compares a register with a value; the rule ends where the comparison is false. NFTA_CMP_*:
 * include/uapi/linux/netfilter/nf_tables.h
 */
export const cmp = expression(
  'cmp',
  attributes({
    /** NFTA_CMP_SREG */
    sreg: [1, register],
    /** NFTA_CMP_OP */
    op: [2, enumeration(be32, { eq: 0, neq: 1, lt: 2, lte: 3, gt: 4, gte: 5 })],
    /** NFTA_CMP_DATA */
    data: [3, nftData],
  }),
)
