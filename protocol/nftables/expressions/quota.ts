import { attributes } from '../../codec/attributes.js'
import { be32, be64 } from '../../codec/integers.js'
import { bitFlags } from '../../codec/names.js'
import { padding } from '../../codec/plan.js'
import { expression } from '../expression.js'

/**
 * Matches until the quota of bytes is used up; with `invert`, from then on.
 * NFTA_QUOTA_*: include/uapi/linux/netfilter/nf_tables.h
 */
export const quota = expression(
  'quota',
  attributes({
    /** NFTA_QUOTA_BYTES */
    bytes: [1, be64],
    /** NFTA_QUOTA_FLAGS */
    flags: [2, bitFlags(be32, { invert: 1, depleted: 2 })],
    /** NFTA_QUOTA_PAD */
    pad: [3, padding],
    /** NFTA_QUOTA_CONSUMED, bytes seen so far */
    consumed: [4, be64],
  }),
)
