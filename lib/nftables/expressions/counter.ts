import type { NftExpressionInput } from '../../../protocol/index.js'
import type { ExpressionFormat } from './expression.js'

export const countPackets: NftExpressionInput = { name: 'counter', data: { packets: 0n, bytes: 0n } }

/** `counter packets 0 bytes 0` */
export const formatCounter: ExpressionFormat<'counter'> = ({ packets = 0n, bytes = 0n }) =>
  `counter packets ${packets} bytes ${bytes}`
