import { listOf } from '../../codec/arrays.js'
import { attributes } from '../../codec/attributes.js'
import { be32, be64 } from '../../codec/integers.js'
import { bitFlags, enumeration } from '../../codec/names.js'
import { padding } from '../../codec/plan.js'
import { register } from '../data.js'
import { expression } from '../expression.js'
import { nftName } from '../names.js'
import { statefulExpression } from './stateful.js'

/** Adds, updates or deletes an element of a set, from the packet. NFTA_DYNSET_*: include/uapi/linux/netfilter/nf_tables.h */
export const dynset = expression(
  'dynset',
  attributes({
    /** NFTA_DYNSET_SET_NAME */
    setName: [1, nftName],
    /** NFTA_DYNSET_SET_ID: `setName`, by the `id` of a set of the same transaction */
    setId: [2, be32],
    /** NFTA_DYNSET_OP */
    op: [3, enumeration(be32, { add: 0, update: 1, delete: 2 })],
    /** NFTA_DYNSET_SREG_KEY */
    sregKey: [4, register],
    /** NFTA_DYNSET_SREG_DATA: the value, for a map */
    sregData: [5, register],
    /** NFTA_DYNSET_TIMEOUT: ms */
    timeout: [6, be64],
    /** NFTA_DYNSET_EXPR */
    expr: [7, statefulExpression],
    /** NFTA_DYNSET_PAD */
    pad: [8, padding],
    /** NFTA_DYNSET_FLAGS */
    flags: [9, bitFlags(be32, { invert: 1, expr: 2 })],
    /** NFTA_DYNSET_EXPRESSIONS: evaluated for each element */
    expressions: [10, listOf(1, statefulExpression)],
  }),
)
