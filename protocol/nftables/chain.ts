import { attributes } from '../codec/attributes.js'
import { be32, be64, sbe32 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { bitFlags, enumeration } from '../codec/names.js'
import { padding } from '../codec/plan.js'
import { text } from '../codec/text.js'
import { linkName } from '../rtnetlink/shared/link-name.js'
import { counterData } from './expressions/counter.js'
import { nfgenmsg } from './header.js'
import { hookDevices } from './hook-devices.js'
import { nftName } from './names.js'
import { commentUserdata } from './userdata.js'

/** NFT_MSG_NEWCHAIN, NFT_MSG_GETCHAIN, NFT_MSG_DELCHAIN: a chain. include/uapi/linux/netfilter/nf_tables.h */
export const nftChainMessage = message(
  nfgenmsg,
  attributes({
    /** NFTA_CHAIN_TABLE */
    table: [1, nftName],
    /** NFTA_CHAIN_HANDLE */
    handle: [2, be64],
    /** NFTA_CHAIN_NAME */
    name: [3, nftName],
    /** NFTA_CHAIN_HOOK: where a base chain is attached */
    hook: [
      4,
      attributes({
        /** NFTA_HOOK_HOOKNUM: its meaning depends on the family */
        hooknum: [1, be32],
        /** NFTA_HOOK_PRIORITY: chains of one hook run in ascending order */
        priority: [2, sbe32],
        /** NFTA_HOOK_DEV: the link of a netdev or ingress chain */
        dev: [3, linkName],
        /** NFTA_HOOK_DEVS: its links, where it has several */
        devs: [4, hookDevices],
      }),
    ],
    /** NFTA_CHAIN_POLICY: the verdict on packets that reach the end of the chain */
    policy: [5, enumeration(be32, { drop: 0, accept: 1 })],
    /** NFTA_CHAIN_USE: the number of references to it, its rules included */
    use: [6, be32],
    /** NFTA_CHAIN_TYPE */
    type: [7, text({ max: 15 })],
    /** NFTA_CHAIN_COUNTERS */
    counters: [8, counterData],
    /** NFTA_CHAIN_PAD */
    pad: [9, padding],
    /** NFTA_CHAIN_FLAGS */
    flags: [10, bitFlags(be32, { base: 1, hwOffload: 2, binding: 4 })],
    /** NFTA_CHAIN_ID: identifies it within its transaction */
    id: [11, be32],
    /** NFTA_CHAIN_USERDATA: the comment, as nft(8) stores it */
    userdata: [12, commentUserdata],
  }),
)
