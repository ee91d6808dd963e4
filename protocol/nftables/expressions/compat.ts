import { attributes } from '../../codec/attributes.js'
import { bytes } from '../../codec/bytes.js'
import { be32 } from '../../codec/integers.js'
import { text } from '../../codec/text.js'
import { expression } from '../expression.js'

/** An extension of xtables with its own struct, as iptables-nft brings it. include/uapi/linux/netfilter/nf_tables_compat.h */
const extension = attributes({
  /** NFTA_MATCH_NAME, NFTA_TARGET_NAME */
  name: [1, text({ max: 31 })],
  /** NFTA_MATCH_REV, NFTA_TARGET_REV */
  rev: [2, be32],
  /** NFTA_MATCH_INFO, NFTA_TARGET_INFO: the extension's struct */
  info: [3, bytes()],
})

/** A match of xtables. */
export const match = expression('match', extension)
/** A target of xtables. */
export const target = expression('target', extension)
