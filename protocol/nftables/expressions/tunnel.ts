import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** Loads a property of the tunnel that the packet came through. NFTA_TUNNEL_*: include/uapi/linux/netfilter/nf_tables.h */
export const tunnel = expression(
  'tunnel',
  attributes({
    /** NFTA_TUNNEL_KEY */
    key: [1, enumeration(be32, { path: 0, id: 1 })],
    /** NFTA_TUNNEL_DREG */
    dreg: [2, register],
    /** NFTA_TUNNEL_MODE */
    mode: [3, enumeration(be32, { none: 0, rx: 1, tx: 2 })],
  }),
)
