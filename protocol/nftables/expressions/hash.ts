import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** Hashes a register (`jenkins`) or the flow (`sym`) into the numbers from `offset` on. NFTA_HASH_*: include/uapi/linux/netfilter/nf_tables.h */
export const hash = expression(
  'hash',
  attributes({
    /** NFTA_HASH_SREG */
    sreg: [1, register],
    /** NFTA_HASH_DREG */
    dreg: [2, register],
    /** NFTA_HASH_LEN: of the hashed data, bytes */
    len: [3, be32],
    /** NFTA_HASH_MODULUS: how many numbers there are */
    modulus: [4, be32],
    /** NFTA_HASH_SEED */
    seed: [5, be32],
    /** NFTA_HASH_OFFSET */
    offset: [6, be32],
    /** NFTA_HASH_TYPE */
    type: [7, enumeration(be32, { jenkins: 0, sym: 1 })],
  }),
)
