import type { NftExpressionInput } from '../../../protocol/index.js'
import type { ExpressionFormat } from './expression.js'

export const exemptFromTracking: NftExpressionInput = { name: 'notrack' }

export const formatNotrack: ExpressionFormat<'notrack'> = () => 'notrack'
