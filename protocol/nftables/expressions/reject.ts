import { attributes } from '../../codec/attributes.js'
import { be32, u8 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { expression } from '../expression.js'

/** Drops the packet and notifies its sender. NFTA_REJECT_*: include/uapi/linux/netfilter/nf_tables.h */
export const reject = expression(
  'reject',
  attributes({
    /** NFTA_REJECT_TYPE: `icmpxUnreach` is ICMP or ICMPv6, depending on the packet */
    type: [1, enumeration(be32, { icmpUnreach: 0, tcpRst: 1, icmpxUnreach: 2 })],
    /** NFTA_REJECT_ICMP_CODE: the code of the message; NFT_REJECT_ICMPX_* for `icmpxUnreach` */
    icmpCode: [2, u8],
  }),
)
