import { text } from '../codec/text.js'

/** Names of tables, chains, sets and objects: NFT_NAME_MAXLEN less the NUL. include/uapi/linux/netfilter/nf_tables.h */
export const nftName = text({ min: 1, max: 255 })
