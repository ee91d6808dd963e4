import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** Generates numbers from `offset` on, one after the other or at random. NFTA_NG_*: include/uapi/linux/netfilter/nf_tables.h */
export const numgen = expression(
  'numgen',
  attributes({
    /** NFTA_NG_DREG */
    dreg: [1, register],
    /** NFTA_NG_MODULUS: how many numbers there are */
    modulus: [2, be32],
    /** NFTA_NG_TYPE */
    type: [3, enumeration(be32, { incremental: 0, random: 1 })],
    /** NFTA_NG_OFFSET */
    offset: [4, be32],
  }),
)
