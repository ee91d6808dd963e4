import type { NftExpressionInput } from '../../../protocol/index.js'
import { packetInteger } from '../datatypes.js'
import { formatVerdict } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

export const loadConstant = (dreg: number, value: Uint8Array): NftExpressionInput => ({
  name: 'immediate',
  data: { dreg, data: { value } },
})

/** `accept`, `jump other`; a constant is written where it is used. */
export const formatImmediate: ExpressionFormat<'immediate'> = ({ dreg, data }, state) => {
  if (data?.verdict) return formatVerdict(data.verdict)
  const { value } = data ?? {}
  if (value === undefined) return undefined
  return state.load(dreg, { text: '', type: packetInteger(value.length), constant: value })
}
