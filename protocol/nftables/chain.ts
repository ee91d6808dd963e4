import { listOf } from '../codec/arrays.js'
import { attributes } from '../codec/attributes.js'
import { be32, be64, sbe32 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { bitFlags, enumeration } from '../codec/names.js'
import { text } from '../codec/text.js'
import { counterData } from './expressions/counter.js'
import { nfgenmsg } from './header.js'
import { deviceName, nftName } from './names.js'
import { userdata } from './userdata.js'

/** NFT_MSG_NEWCHAIN and its kin: a chain. include/uapi/linux/netfilter/nf_tables.h */
export const nftChainMessage = message(
  nfgenmsg,
  attributes({
    /** NFTA_CHAIN_TABLE */
    table: [1, nftName],
    /** NFTA_CHAIN_HANDLE */
    handle: [2, be64],
    /** NFTA_CHAIN_NAME */
    name: [3, nftName],
    /** NFTA_CHAIN_HOOK: where the packets come from, of a base chain */
    hook: [
      4,
      attributes({
        /** NFTA_HOOK_HOOKNUM: its meaning goes by the family */
        hooknum: [1, be32],
        /** NFTA_HOOK_PRIORITY: the lowest first */
        priority: [2, sbe32],
        /** NFTA_HOOK_DEV */
        dev: [3, deviceName],
        /** NFTA_HOOK_DEVS */
        devs: [4, listOf(1, deviceName)],
      }),
    ],
    /** NFTA_CHAIN_POLICY: what becomes of packets that no rule decides */
    policy: [5, enumeration(be32, { drop: 0, accept: 1 })],
    /** NFTA_CHAIN_USE: how often it is referred to */
    use: [6, be32],
    /** NFTA_CHAIN_TYPE */
    type: [7, text({ max: 15 })],
    /** NFTA_CHAIN_COUNTERS */
    counters: [8, counterData],
    /** NFTA_CHAIN_FLAGS */
    flags: [10, bitFlags(be32, { base: 1, hwOffload: 2, binding: 4 })],
    /** NFTA_CHAIN_ID */
    id: [11, be32],
    /** NFTA_CHAIN_USERDATA: nft(8)'s comment */
    comment: [12, userdata(0)],
  }),
)
