import { listOf } from '../codec/arrays.js'
import { attributes } from '../codec/attributes.js'
import { be32, be64 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { padding } from '../codec/plan.js'
import { expressionCodec } from './expression.js'
import { nftExpressions } from './expressions/index.js'
import { nfgenmsg } from './header.js'
import { nftName } from './names.js'
import { ruleUserdata } from './userdata.js'

/** NFTA_EXPR_*: an expression of a rule or a set. */
export const nftExpression = expressionCodec(nftExpressions)

/** NFTA_LIST_ELEM, repeated: expressions in the order of their evaluation. */
export const expressionList = listOf(1, nftExpression)

/** NFT_MSG_NEWRULE, NFT_MSG_GETRULE, NFT_MSG_DELRULE: a rule. include/uapi/linux/netfilter/nf_tables.h */
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
    /** NFTA_RULE_COMPAT: the protocol that the xtables extensions of iptables-nft expect */
    compat: [5, attributes({ proto: [1, be32], flags: [2, be32] })],
    /** NFTA_RULE_POSITION: the handle of the rule to append it after, or to insert it before */
    position: [6, be64],
    /** NFTA_RULE_USERDATA: the comment, as nft(8) stores it */
    userdata: [7, ruleUserdata],
    /** NFTA_RULE_PAD */
    pad: [8, padding],
    /** NFTA_RULE_ID: identifies it within its transaction */
    id: [9, be32],
    /** NFTA_RULE_POSITION_ID: `position`, by the `id` of a rule of the same transaction */
    positionId: [10, be32],
    /** NFTA_RULE_CHAIN_ID: `chain`, by the `id` of a chain of the same transaction */
    chainId: [11, be32],
  }),
)
