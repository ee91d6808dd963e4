import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** NFT_SOCKET_*. include/uapi/linux/netfilter/nf_tables.h */
export const socketKey = enumeration(be32, { transparent: 0, mark: 1, wildcard: 2, cgroupv2: 3 })

/** Loads a property of the socket that the packet belongs to. NFTA_SOCKET_*: include/uapi/linux/netfilter/nf_tables.h */
export const socket = expression(
  'socket',
  attributes({
    /** NFTA_SOCKET_KEY */
    key: [1, socketKey],
    /** NFTA_SOCKET_DREG */
    dreg: [2, register],
    /** NFTA_SOCKET_LEVEL: the depth of the ancestor of the control group */
    level: [3, be32],
  }),
)
