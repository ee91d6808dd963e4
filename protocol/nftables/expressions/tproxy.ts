import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** Assigns the packet to a local socket without changing it. NFTA_TPROXY_*: include/uapi/linux/netfilter/nf_tables.h */
export const tproxy = expression(
  'tproxy',
  attributes({
    /** NFTA_TPROXY_FAMILY */
    family: [1, enumeration(be32, { unspec: 0, ip: 2, ip6: 10 })],
    /** NFTA_TPROXY_REG_ADDR */
    regAddr: [2, register],
    /** NFTA_TPROXY_REG_PORT */
    regPort: [3, register],
  }),
)
