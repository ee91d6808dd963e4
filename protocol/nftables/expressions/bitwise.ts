import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { nftData, register } from '../data.js'
import { expression } from '../expression.js'

/**
 * dreg = (sreg & mask) ^ xor; or a shift, AND, OR, XOR of registers. NFTA_BITWISE_*:
 * include/uapi/linux/netfilter/nf_tables.h
 */
export const bitwise = expression(
  'bitwise',
  attributes({
    /** NFTA_BITWISE_SREG */
    sreg: [1, register],
    /** NFTA_BITWISE_DREG */
    dreg: [2, register],
    /** NFTA_BITWISE_LEN, bytes */
    len: [3, be32],
    /** NFTA_BITWISE_MASK */
    mask: [4, nftData],
    /** NFTA_BITWISE_XOR */
    xor: [5, nftData],
    /** NFTA_BITWISE_OP */
    op: [6, enumeration(be32, { maskXor: 0, lshift: 1, rshift: 2, and: 3, or: 4, xor: 5 })],
    /** NFTA_BITWISE_DATA: the constant operand of operations other than `maskXor`; for shifts, the number of bits */
    data: [7, nftData],
    /** NFTA_BITWISE_SREG2: the second operand, in a register */
    sreg2: [8, register],
  }),
)
