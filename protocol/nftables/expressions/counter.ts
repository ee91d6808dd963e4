import { attributes } from '../../codec/attributes.js'
import { be64 } from '../../codec/integers.js'
import { padding } from '../../codec/plan.js'
import { expression } from '../expression.js'

/** NFTA_COUNTER_*: packets and bytes counted. include/uapi/linux/netfilter/nf_tables.h */
export const counterData = attributes({
  /** NFTA_COUNTER_BYTES */
  bytes: [1, be64],
  /** NFTA_COUNTER_PACKETS */
  packets: [2, be64],
  /** NFTA_COUNTER_PAD */
  pad: [3, padding],
})

/** Counts the packets that reach it. */
export const counter = expression('counter', counterData)
