import { attributes } from '../../codec/attributes.js'
import { be16, be32 } from '../../codec/integers.js'
import { bitFlags, enumeration } from '../../codec/names.js'
import { text } from '../../codec/text.js'
import { expression } from '../expression.js'

/** NFT_LOGLEVEL_*: syslog(2)'s severities, and `audit`. include/uapi/linux/netfilter/nf_tables.h */
export const logLevel = enumeration(be32, {
  emerg: 0,
  alert: 1,
  crit: 2,
  err: 3,
  warn: 4,
  notice: 5,
  info: 6,
  debug: 7,
  audit: 8,
})

/**
 * Logs the packet to the kernel log, or sends it to a netlink group. NFTA_LOG_*:
 * include/uapi/linux/netfilter/nf_tables.h
 */
export const log = expression(
  'log',
  attributes({
    /** NFTA_LOG_GROUP: the nfnetlink_log group to send to, in place of the kernel log */
    group: [1, be16],
    /** NFTA_LOG_PREFIX */
    prefix: [2, text({ max: 127 })],
    /** NFTA_LOG_SNAPLEN: bytes of the packet to copy */
    snaplen: [3, be32],
    /** NFTA_LOG_QTHRESHOLD: packets to queue before sending */
    qthreshold: [4, be16],
    /** NFTA_LOG_LEVEL */
    level: [5, logLevel],
    /** NFTA_LOG_FLAGS */
    flags: [6, bitFlags(be32, { tcpseq: 1, tcpopt: 2, ipopt: 4, uid: 8, nflog: 16, macdecode: 32 })],
  }),
)
