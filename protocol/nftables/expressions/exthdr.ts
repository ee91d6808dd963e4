import { attributes } from '../../codec/attributes.js'
import { be32, u8 } from '../../codec/integers.js'
import { bitFlags, enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** Loads bytes of an IPv6 extension header, a TCP option or the like into `dreg`, or writes them from `sreg`; without
 * either, removes the TCP option. NFTA_EXTHDR_*: include/uapi/linux/netfilter/nf_tables.h */
export const exthdr = expression(
  'exthdr',
  attributes({
    /** NFTA_EXTHDR_DREG */
    dreg: [1, register],
    /** NFTA_EXTHDR_TYPE: the number of the header, option or chunk */
    type: [2, u8],
    /** NFTA_EXTHDR_OFFSET: from its beginning, bytes */
    offset: [3, be32],
    /** NFTA_EXTHDR_LEN: bytes */
    len: [4, be32],
    /** NFTA_EXTHDR_FLAGS: `present` loads whether it exists, as one byte */
    flags: [5, bitFlags(be32, { present: 1 })],
    /** NFTA_EXTHDR_OP */
    op: [6, enumeration(be32, { ipv6: 0, tcpopt: 1, ipv4: 2, sctp: 3, dccp: 4 })],
    /** NFTA_EXTHDR_SREG */
    sreg: [7, register],
  }),
)
