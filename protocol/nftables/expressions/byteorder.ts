import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** Converts integers between host and network byte order. NFTA_BYTEORDER_*: include/uapi/linux/netfilter/nf_tables.h */
export const byteorder = expression(
  'byteorder',
  attributes({
    /** NFTA_BYTEORDER_SREG */
    sreg: [1, register],
    /** NFTA_BYTEORDER_DREG */
    dreg: [2, register],
    /** NFTA_BYTEORDER_OP */
    op: [3, enumeration(be32, { ntoh: 0, hton: 1 })],
    /** NFTA_BYTEORDER_LEN: of all data, bytes */
    len: [4, be32],
    /** NFTA_BYTEORDER_SIZE: of each integer, bytes */
    size: [5, be32],
  }),
)
