import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { bitFlags } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'
import { nftName } from '../names.js'

/**
 * Matches if a set contains the register's value; loads the value of a map. NFTA_LOOKUP_*:
 * include/uapi/linux/netfilter/nf_tables.h
 */
export const lookup = expression(
  'lookup',
  attributes({
    /** NFTA_LOOKUP_SET */
    set: [1, nftName],
    /** NFTA_LOOKUP_SREG */
    sreg: [2, register],
    /** NFTA_LOOKUP_DREG: where to load the value of a map, register 0 for verdicts */
    dreg: [3, register],
    /** NFTA_LOOKUP_SET_ID: `set`, by the `id` of a set of the same transaction, which has no final name yet */
    setId: [4, be32],
    /** NFTA_LOOKUP_FLAGS: `invert` matches if the set does not contain it */
    flags: [5, bitFlags(be32, { invert: 1 })],
  }),
)
