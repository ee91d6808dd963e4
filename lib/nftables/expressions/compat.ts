import { quoted } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** `xt match "conntrack"`: the extension's struct has no text in nft(8)'s language. */
export const formatXtMatch: ExpressionFormat<'match'> = ({ name = '' }) => `xt match ${quoted(name)}`

/** `xt target "REJECT"` */
export const formatXtTarget: ExpressionFormat<'target'> = ({ name = '' }) => `xt target ${quoted(name)}`
