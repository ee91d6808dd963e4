import { attributes } from '../../codec/attributes.js'
import { expression } from '../expression.js'
import { nftName } from '../names.js'

/** Hands the flow to a flowtable. NFTA_FLOW_*: include/uapi/linux/netfilter/nf_tables.h */
export const flowOffload = expression(
  'flow_offload',
  attributes({
    /** NFTA_FLOW_TABLE_NAME */
    tableName: [1, nftName],
  }),
)
