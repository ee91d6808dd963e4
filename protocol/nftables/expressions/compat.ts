import { attributes } from '../../codec/attributes.js'
import { bytes } from '../../codec/bytes.js'
import { be32 } from '../../codec/integers.js'
import { text } from '../../codec/text.js'
import { expression } from '../expression.js'

/** An xtables extension, as iptables-nft uses it. include/uapi/linux/netfilter/nf_tables_compat.h */
const extension = attributes({
  /** NFTA_MATCH_NAME, NFTA_TARGET_NAME */
  name: [1, text({ max: 31 })],
  /** NFTA_MATCH_REV, NFTA_TARGET_REV */
  rev: [2, be32],
  /** NFTA_MATCH_INFO, NFTA_TARGET_INFO: the extension's own struct */
  info: [3, bytes()],
})

/** An xtables match. */
export const match = expression('match', extension)
/** An xtables target. */
export const target = expression('target', extension)
