import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/**
 * Loads bytes of the packet into `dreg`, or writes them from `sreg`. NFTA_PAYLOAD_*:
 * include/uapi/linux/netfilter/nf_tables.h
 */
export const payload = expression(
  'payload',
  attributes({
    /** NFTA_PAYLOAD_DREG */
    dreg: [1, register],
    /** NFTA_PAYLOAD_BASE: the header that `offset` is relative to */
    base: [2, enumeration(be32, { link: 0, network: 1, transport: 2, inner: 3, tunnel: 4 })],
    /** NFTA_PAYLOAD_OFFSET, bytes */
    offset: [3, be32],
    /** NFTA_PAYLOAD_LEN, bytes */
    len: [4, be32],
    /** NFTA_PAYLOAD_SREG */
    sreg: [5, register],
    /** NFTA_PAYLOAD_CSUM_TYPE: the checksum to update after writing */
    csumType: [6, enumeration(be32, { none: 0, inet: 1, sctp: 2 })],
    /** NFTA_PAYLOAD_CSUM_OFFSET, bytes */
    csumOffset: [7, be32],
    /** NFTA_PAYLOAD_CSUM_FLAGS: NFT_PAYLOAD_L4CSUM_PSEUDOHDR (1) updates the layer 4 checksum as well */
    csumFlags: [8, be32],
  }),
)
