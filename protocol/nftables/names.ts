import { text } from '../codec/text.js'

/** NFT_NAME_MAXLEN less its NUL: names of tables, chains, sets and objects. include/uapi/linux/netfilter/nf_tables.h */
export const nftName = text({ min: 1, max: 255 })
/** IFNAMSIZ less its NUL. */
export const deviceName = text({ min: 1, max: 15 })
