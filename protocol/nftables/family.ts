import { u8 } from '../codec/integers.js'
import { enumeration } from '../codec/names.js'

/** NFPROTO_*: what a table is for, by nft(8)'s words. include/uapi/linux/netfilter.h */
export const nfproto = { unspec: 0, inet: 1, ip: 2, arp: 3, netdev: 5, bridge: 7, ip6: 10 } as const

export const nfFamily = enumeration(u8, nfproto)

/** The families that tables have. */
export type NfFamily = Exclude<keyof typeof nfproto, 'unspec'>
