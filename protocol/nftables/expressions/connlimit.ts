import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { bitFlags } from '../../codec/names.js'
import { expression } from '../expression.js'

/** Matches up to a number of connections, or above it with `invert`. NFTA_CONNLIMIT_*: include/uapi/linux/netfilter/nf_tables.h */
export const connlimit = expression(
  'connlimit',
  attributes({
    /** NFTA_CONNLIMIT_COUNT */
    count: [1, be32],
    /** NFTA_CONNLIMIT_FLAGS */
    flags: [2, bitFlags(be32, { invert: 1 })],
  }),
)
