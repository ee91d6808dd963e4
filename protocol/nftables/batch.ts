import { attributes } from '../codec/attributes.js'
import { be32 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { text } from '../codec/text.js'
import { nfgenmsg } from './header.js'

/** NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END: what lies between them is done as one, or not at all. */
export const batchMessage = message(
  nfgenmsg,
  attributes({
    /** NFNL_BATCH_GENID: the generation that the changes are meant for; another is refused (ERESTART) */
    genid: [1, be32],
  }),
)

/** NFT_MSG_NEWGEN, NFT_MSG_GETGEN: the number of the rules' generation. include/uapi/linux/netfilter/nf_tables.h */
export const generationMessage = message(
  nfgenmsg,
  attributes({
    /** NFTA_GEN_ID: one more with each transaction */
    id: [1, be32],
    /** NFTA_GEN_PROC_PID: the process that made it */
    procPid: [2, be32],
    /** NFTA_GEN_PROC_NAME: its program's name */
    procName: [3, text({ max: 15 })],
  }),
)
