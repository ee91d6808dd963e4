import { u8 } from '../codec/integers.js'
import { enumeration } from '../codec/names.js'

/** NFPROTO_*: address families, by nft(8)'s names. include/uapi/linux/netfilter.h */
export const nfproto = { unspec: 0, inet: 1, ip: 2, arp: 3, netdev: 5, bridge: 7, ip6: 10 } as const

export const nfFamily = enumeration(u8, nfproto)

/** The family of a table: `inet` sees IPv4 and IPv6, `netdev` all packets of a link. nft(8), ADDRESS FAMILIES */
export type NfFamily = Exclude<keyof typeof nfproto, 'unspec'>
