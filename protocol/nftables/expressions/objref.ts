import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { register } from '../data.js'
import { expression } from '../expression.js'
import { nftName } from '../names.js'
import { nftObjectType } from '../object-type.js'

/** Evaluates a named object: a counter, quota, limit. NFTA_OBJREF_*: include/uapi/linux/netfilter/nf_tables.h */
export const objref = expression(
  'objref',
  attributes({
    /** NFTA_OBJREF_IMM_TYPE: NFT_OBJECT_* */
    immType: [1, nftObjectType],
    /** NFTA_OBJREF_IMM_NAME */
    immName: [2, nftName],
    /** NFTA_OBJREF_SET_SREG */
    setSreg: [3, register],
    /** NFTA_OBJREF_SET_NAME */
    setName: [4, nftName],
    /** NFTA_OBJREF_SET_ID */
    setId: [5, be32],
  }),
)
