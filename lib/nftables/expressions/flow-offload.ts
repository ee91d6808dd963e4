import { identifier } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** `flow add @f` */
export const formatFlowOffload: ExpressionFormat<'flow_offload'> = ({ tableName = '' }) =>
  `flow add @${identifier(tableName)}`
