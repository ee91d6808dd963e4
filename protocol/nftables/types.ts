/** NFNL_MSG_BATCH_*: the messages that begin and end a transaction. */
export const nfnlBatch = { begin: 0x10, end: 0x11 } as const

/**
 * NFNL_SUBSYS_NFTABLES: the high byte of its message types, and the `resId` of its batches.
 * include/uapi/linux/netfilter/nfnetlink.h
 */
export const NFTABLES = 10

const types = {
  newtable: 0,
  gettable: 1,
  deltable: 2,
  newchain: 3,
  getchain: 4,
  delchain: 5,
  newrule: 6,
  getrule: 7,
  delrule: 8,
  newset: 9,
  getset: 10,
  delset: 11,
  newsetelem: 12,
  getsetelem: 13,
  delsetelem: 14,
  newgen: 15,
  getgen: 16,
  trace: 17,
  newobj: 18,
  getobj: 19,
  delobj: 20,
  getobj_reset: 21,
  newflowtable: 22,
  getflowtable: 23,
  delflowtable: 24,
  getrule_reset: 25,
  destroytable: 26,
  destroychain: 27,
  destroyrule: 28,
  destroyset: 29,
  destroysetelem: 30,
  destroyobj: 31,
  destroyflowtable: 32,
  getsetelem_reset: 33,
} as const

export type NftName = keyof typeof types

/** Message types of nf_tables, less their NFT_MSG_ prefix. include/uapi/linux/netfilter/nf_tables.h */
export const nftMessage = Object.fromEntries(
  Object.entries(types).map(([name, type]) => [name, (NFTABLES << 8) | type]),
) as Readonly<Record<NftName, number>>

/** `'newrule'` → `'NFT_MSG_NEWRULE'`, for error messages. */
export function nftMessageName(name: NftName): string {
  return `NFT_MSG_${name.toUpperCase()}`
}
