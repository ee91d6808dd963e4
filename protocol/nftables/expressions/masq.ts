import { attributes } from '../../codec/attributes.js'
import { register } from '../data.js'
import { expression } from '../expression.js'
import { natFlags } from './nat.js'

/** Source NAT to the primary address of the output link. NFTA_MASQ_*: include/uapi/linux/netfilter/nf_tables.h */
export const masq = expression(
  'masq',
  attributes({
    /** NFTA_MASQ_FLAGS */
    flags: [1, natFlags],
    /** NFTA_MASQ_REG_PROTO_MIN */
    regProtoMin: [2, register],
    /** NFTA_MASQ_REG_PROTO_MAX */
    regProtoMax: [3, register],
  }),
)
