import { attributes } from '../codec/attributes.js'
import { be32 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { text } from '../codec/text.js'
import { nfgenmsg } from './header.js'

/**
 * NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END: the messages between them are one transaction, applied completely or not at
 * all. include/uapi/linux/netfilter/nfnetlink.h
 */
export const batchMessage = message(
  nfgenmsg,
  attributes({
    /** NFNL_BATCH_GENID: the ruleset generation that the changes are based on; ERESTART if it is another by then */
    genid: [1, be32],
  }),
)

/** NFT_MSG_NEWGEN, NFT_MSG_GETGEN: the generation of the ruleset. include/uapi/linux/netfilter/nf_tables.h */
export const generationMessage = message(
  nfgenmsg,
  attributes({
    /** NFTA_GEN_ID: incremented by each transaction */
    id: [1, be32],
    /** NFTA_GEN_PROC_PID: the process that committed the last transaction */
    procPid: [2, be32],
    /** NFTA_GEN_PROC_NAME: the name of that process */
    procName: [3, text({ max: 15 })],
  }),
)
