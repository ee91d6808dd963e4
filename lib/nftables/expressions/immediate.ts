import { type NftExpressionInput, nftRegister } from '../../../protocol/index.js'
import { packetInteger } from '../datatypes.js'
import { wholeSource } from '../format/source.js'
import { notExpressible } from '../format/values.js'
import { formatRuleVerdict } from '../format/verdict.js'
import type { ExpressionFormat } from './expression.js'

export const loadConstant = (dreg: number, value: Uint8Array): NftExpressionInput => ({
  name: 'immediate',
  data: { dreg, data: { value } },
})

/** `accept`, `jump other`; a constant is written where it is used. */
export const formatImmediate: ExpressionFormat<'immediate'> = ({ dreg, data }, state) => {
  if (data?.verdict) return formatRuleVerdict(data.verdict, state)
  const { value } = data ?? {}
  if (value === undefined || dreg === undefined || dreg === nftRegister.verdict)
    return notExpressible('immediate')
  const source = wholeSource('immediate', '', packetInteger(value.length))
  return state.store(dreg, { source, constant: value, used: false })
}
