import type { NftExpressionData, NftExpressionInput } from '../../../protocol/index.js'

export const countPackets: NftExpressionInput = { name: 'counter', data: { packets: 0n, bytes: 0n } }

/** `counter packets 0 bytes 0` */
export const formatCounter = ({ packets = 0n, bytes = 0n }: NftExpressionData<'counter'>): string =>
  `counter packets ${packets} bytes ${bytes}`
