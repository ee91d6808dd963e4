import { attributes } from '../../codec/attributes.js'
import { be32, u8 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { expression } from '../expression.js'

/** Drops the packet and says so to its sender. NFTA_REJECT_*: include/uapi/linux/netfilter/nf_tables.h */
export const reject = expression(
  'reject',
  attributes({
    /** NFTA_REJECT_TYPE: `icmpxUnreach` is ICMP or ICMPv6, as the packet is */
    type: [1, enumeration(be32, { icmpUnreach: 0, tcpRst: 1, icmpxUnreach: 2 })],
    /** NFTA_REJECT_ICMP_CODE: of `icmpxUnreach` 0 no route, 1 port, 2 host, 3 prohibited */
    icmpCode: [2, u8],
  }),
)
