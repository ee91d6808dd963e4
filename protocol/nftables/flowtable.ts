import { attributes } from '../codec/attributes.js'
import { be32, be64, sbe32 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { bitFlags } from '../codec/names.js'
import { padding } from '../codec/plan.js'
import { nfgenmsg } from './header.js'
import { hookDevices } from './hook-devices.js'
import { nftName } from './names.js'

/**
 * NFT_MSG_NEWFLOWTABLE, NFT_MSG_GETFLOWTABLE, NFT_MSG_DELFLOWTABLE: a flowtable, which forwards the packets of the
 * connections that rules offload to it. NFTA_FLOWTABLE_*: include/uapi/linux/netfilter/nf_tables.h
 */
export const nftFlowtableMessage = message(
  nfgenmsg,
  attributes({
    /** NFTA_FLOWTABLE_TABLE */
    table: [1, nftName],
    /** NFTA_FLOWTABLE_NAME */
    name: [2, nftName],
    /** NFTA_FLOWTABLE_HOOK */
    hook: [
      3,
      attributes({
        /** NFTA_FLOWTABLE_HOOK_NUM: ingress, 0 */
        num: [1, be32],
        /** NFTA_FLOWTABLE_HOOK_PRIORITY */
        priority: [2, sbe32],
        /** NFTA_FLOWTABLE_HOOK_DEVS */
        devs: [3, hookDevices],
      }),
    ],
    /** NFTA_FLOWTABLE_USE: the number of rules that refer to it */
    use: [4, be32],
    /** NFTA_FLOWTABLE_HANDLE */
    handle: [5, be64],
    /** NFTA_FLOWTABLE_PAD */
    pad: [6, padding],
    /** NFTA_FLOWTABLE_FLAGS */
    flags: [7, bitFlags(be32, { hwOffload: 1, counter: 2 })],
  }),
)
