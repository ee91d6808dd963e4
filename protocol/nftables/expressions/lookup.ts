import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { bitFlags } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'
import { nftName } from '../names.js'

/** Goes on where a set has the register's value; from a map, loads what it has for it. NFTA_LOOKUP_*: nf_tables.h */
export const lookup = expression(
  'lookup',
  attributes({
    /** NFTA_LOOKUP_SET */
    set: [1, nftName],
    /** NFTA_LOOKUP_SREG */
    sreg: [2, register],
    /** NFTA_LOOKUP_DREG */
    dreg: [3, register],
    /** NFTA_LOOKUP_SET_ID: a set of the same transaction, which has no final name yet */
    setId: [4, be32],
    /** NFTA_LOOKUP_FLAGS: `invert` goes on where the set has it not */
    flags: [5, bitFlags(be32, { invert: 1 })],
  }),
)
