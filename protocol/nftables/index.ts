import type { Input, Value } from '../codec/codec.js'
import type { nftChainMessage } from './chain.js'
import type { nftExpressions } from './expressions/index.js'
import type { nftFlowtableMessage } from './flowtable.js'
import type { nftObjectMessage } from './object.js'
import type { nftExpression, nftRuleMessage } from './rule.js'
import type { nftSetElement, nftSetMessage } from './set.js'
import type { nftTableMessage } from './table.js'

export { batchMessage, generationMessage } from './batch.js'
export { nftChainMessage } from './chain.js'
export { NFT_DATA_VERDICT, nftData, nftRegister, verdictCode } from './data.js'
export { type ExpressionOf, expression } from './expression.js'
export { ctDirection, ctKey } from './expressions/ct.js'
export { nftExpressions } from './expressions/index.js'
export { logLevel } from './expressions/log.js'
export { metaKey } from './expressions/meta.js'
export { rtKey } from './expressions/rt.js'
export { socketKey } from './expressions/socket.js'
export { type NfFamily, nfFamily, nfproto } from './family.js'
export { nftFlowtableMessage } from './flowtable.js'
export { nfgenmsg } from './header.js'
export { nftObjectData, nftObjectMessage } from './object.js'
export { nftObjectType } from './object-type.js'
export { expressionList, nftExpression, nftRuleMessage } from './rule.js'
export { nftSetElement, nftSetElementsMessage, nftSetFlags, nftSetMessage } from './set.js'
export { nftTableMessage } from './table.js'
export { NFTABLES, type NftName, nfnlBatch, nftMessage, nftMessageName } from './types.js'
export {
  COMMENT_MAX,
  commentUserdata,
  elementUserdata,
  ruleUserdata,
  setUserdata,
  typeofUserdata,
  type UserdataCodec,
  userdata,
} from './userdata.js'

export type NftExpression = Value<typeof nftExpression>
export type NftExpressionInput = Input<typeof nftExpression>
export type NftTableMessage = Value<typeof nftTableMessage>
export type NftChainMessage = Value<typeof nftChainMessage>
export type NftChainMessageInput = Input<typeof nftChainMessage>
export type NftRuleMessage = Value<typeof nftRuleMessage>
export type NftRuleMessageInput = Input<typeof nftRuleMessage>
export type NftSetMessage = Value<typeof nftSetMessage>
export type NftSetMessageInput = Input<typeof nftSetMessage>
export type NftSetElement = Value<typeof nftSetElement>
export type NftObjectMessage = Value<typeof nftObjectMessage>
export type NftObjectMessageInput = Input<typeof nftObjectMessage>
export type NftFlowtableMessage = Value<typeof nftFlowtableMessage>
export type NftFlowtableMessageInput = Input<typeof nftFlowtableMessage>
export type NftSetElementInput = Input<typeof nftSetElement>

/** The types of expressions that are declared, by name. */
export type NftExpressionName = (typeof nftExpressions)[number]['name']
/** The data of an expression of this name, decoded. */
export type NftExpressionData<N extends NftExpressionName> = Value<
  Extract<(typeof nftExpressions)[number], { name: N }>['data']
>
