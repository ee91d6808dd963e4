import { attributes } from '../codec/attributes.js'
import { be32, be64 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { bitFlags } from '../codec/names.js'
import { padding } from '../codec/plan.js'
import { nfgenmsg } from './header.js'
import { nftName } from './names.js'
import { commentUserdata } from './userdata.js'

/** NFT_MSG_NEWTABLE, NFT_MSG_GETTABLE, NFT_MSG_DELTABLE: a table. include/uapi/linux/netfilter/nf_tables.h */
export const nftTableMessage = message(
  nfgenmsg,
  attributes({
    /** NFTA_TABLE_NAME */
    name: [1, nftName],
    /**
     * NFTA_TABLE_FLAGS: a `dormant` table sees no packets; an `owner` table is deleted when its socket closes, unless
     * `persist`
     */
    flags: [2, bitFlags(be32, { dormant: 1, owner: 2, persist: 4 })],
    /** NFTA_TABLE_USE: the number of objects in it */
    use: [3, be32],
    /** NFTA_TABLE_HANDLE */
    handle: [4, be64],
    /** NFTA_TABLE_PAD */
    pad: [5, padding],
    /** NFTA_TABLE_USERDATA: the comment, as nft(8) stores it */
    userdata: [6, commentUserdata],
    /** NFTA_TABLE_OWNER: the port id of the socket that owns it */
    owner: [7, be32],
  }),
)
