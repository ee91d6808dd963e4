import { attributes } from '../../codec/attributes.js'
import { expression } from '../expression.js'

/** Exempts the packet from connection tracking. net/netfilter/nft_ct.c */
export const notrack = expression('notrack', attributes({}))
