import type { Input, Value } from '../codec/codec.js'
import type { chainMessage } from './chain.js'
import type { nftExpression, ruleMessage } from './rule.js'
import type { setElement, setMessage } from './set.js'
import type { tableMessage } from './table.js'

export { batchMessage, generationMessage } from './batch.js'
export { chainMessage } from './chain.js'
export { nftData, verdictCode } from './data.js'
export { type ExpressionOf, expression } from './expression.js'
export { ctKey } from './expressions/ct.js'
export { nftExpressions } from './expressions/index.js'
export { metaKey } from './expressions/meta.js'
export { type NfFamily, nfFamily, nfproto } from './family.js'
export { nfgenmsg } from './header.js'
export { expressionList, nftExpression, ruleMessage } from './rule.js'
export { setElement, setElementsMessage, setFlags, setMessage } from './set.js'
export { tableMessage } from './table.js'
export { NFTABLES, type NftName, nfnlBatch, nftMessage, nftMessageName } from './types.js'

export type NftExpression = Value<typeof nftExpression>
export type NftExpressionInput = Input<typeof nftExpression>
export type TableMessage = Value<typeof tableMessage>
export type ChainMessage = Value<typeof chainMessage>
export type ChainMessageInput = Input<typeof chainMessage>
export type RuleMessage = Value<typeof ruleMessage>
export type RuleMessageInput = Input<typeof ruleMessage>
export type SetMessage = Value<typeof setMessage>
export type SetMessageInput = Input<typeof setMessage>
export type SetElement = Value<typeof setElement>
export type SetElementInput = Input<typeof setElement>
