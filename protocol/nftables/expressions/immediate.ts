import { attributes } from '../../codec/attributes.js'
import { nftData, register } from '../data.js'
import { expression } from '../expression.js'

/**
 * Loads a value into a register, or a verdict into register 0. NFTA_IMMEDIATE_*:
 * include/uapi/linux/netfilter/nf_tables.h
 */
export const immediate = expression(
  'immediate',
  attributes({
    /** NFTA_IMMEDIATE_DREG */
    dreg: [1, register],
    /** NFTA_IMMEDIATE_DATA */
    data: [2, nftData],
  }),
)
