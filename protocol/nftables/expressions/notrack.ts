import { attributes } from '../../codec/attributes.js'
import { expression } from '../expression.js'

/** Keeps connection tracking away from the packet. net/netfilter/nft_ct.c */
export const notrack = expression('notrack', attributes({}))
