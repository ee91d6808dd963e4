import { listOf } from '../codec/arrays.js'
import { attributes } from '../codec/attributes.js'
import { be32, be64 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { expressionCodec } from './expression.js'
import { nftExpressions } from './expressions/index.js'
import { nfgenmsg } from './header.js'
import { nftName } from './names.js'
import { userdata } from './userdata.js'

/** NFTA_EXPR_*: an expression of a rule or a set. */
export const nftExpression = expressionCodec(nftExpressions)

/** NFTA_LIST_ELEM, repeated: expressions in their order. */
export const expressionList = listOf(1, nftExpression)

/** NFT_MSG_NEWRULE and its kin: a rule. include/uapi/linux/netfilter/nf_tables.h */
export const nftRuleMessage = message(
  nfgenmsg,
  attributes({
    /** NFTA_RULE_TABLE */
    table: [1, nftName],
    /** NFTA_RULE_CHAIN */
    chain: [2, nftName],
    /** NFTA_RULE_HANDLE */
    handle: [3, be64],
    /** NFTA_RULE_EXPRESSIONS */
    expressions: [4, expressionList],
    /** NFTA_RULE_COMPAT: what iptables-nft says of xtables' protocol */
    compat: [5, attributes({ proto: [1, be32], flags: [2, be32] })],
    /** NFTA_RULE_POSITION: the handle of the rule before it, or, when it is inserted, behind it */
    position: [6, be64],
    /** NFTA_RULE_USERDATA: nft(8)'s comment */
    comment: [7, userdata(0)],
    /** NFTA_RULE_ID */
    id: [9, be32],
    /** NFTA_RULE_POSITION_ID */
    positionId: [10, be32],
    /** NFTA_RULE_CHAIN_ID */
    chainId: [11, be32],
  }),
)
