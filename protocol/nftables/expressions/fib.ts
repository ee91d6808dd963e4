import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { bitFlags, enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** Looks the packet up in the routing tables. NFTA_FIB_*: include/uapi/linux/netfilter/nf_tables.h */
export const fib = expression(
  'fib',
  attributes({
    /** NFTA_FIB_DREG */
    dreg: [1, register],
    /** NFTA_FIB_RESULT */
    result: [2, enumeration(be32, { unspec: 0, oif: 1, oifname: 2, addrtype: 3 })],
    /** NFTA_FIB_FLAGS */
    flags: [3, bitFlags(be32, { saddr: 1, daddr: 2, mark: 4, iif: 8, oif: 16, present: 32 })],
  }),
)
