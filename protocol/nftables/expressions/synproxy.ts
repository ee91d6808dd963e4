import { attributes } from '../../codec/attributes.js'
import { be16, be32, u8 } from '../../codec/integers.js'
import { bitFlags } from '../../codec/names.js'
import { expression } from '../expression.js'

/**
 * Answers TCP handshakes in place of the server, and announces these options to clients. NFTA_SYNPROXY_*:
 * include/uapi/linux/netfilter/nf_tables.h
 */
export const synproxy = expression(
  'synproxy',
  attributes({
    /** NFTA_SYNPROXY_MSS */
    mss: [1, be16],
    /** NFTA_SYNPROXY_WSCALE */
    wscale: [2, u8],
    /** NFTA_SYNPROXY_FLAGS */
    flags: [3, bitFlags(be32, { mss: 1, wscale: 2, sackPerm: 4, timestamp: 8, ecn: 16 })],
  }),
)
