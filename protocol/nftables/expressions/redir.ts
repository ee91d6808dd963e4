import { attributes } from '../../codec/attributes.js'
import { register } from '../data.js'
import { expression } from '../expression.js'
import { natFlags } from './nat.js'

/** Destination NAT to the local host. NFTA_REDIR_*: include/uapi/linux/netfilter/nf_tables.h */
export const redir = expression(
  'redir',
  attributes({
    /** NFTA_REDIR_REG_PROTO_MIN */
    regProtoMin: [1, register],
    /** NFTA_REDIR_REG_PROTO_MAX */
    regProtoMax: [2, register],
    /** NFTA_REDIR_FLAGS */
    flags: [3, natFlags],
  }),
)
