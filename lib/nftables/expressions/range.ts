import type { NftExpressionInput } from '../../../protocol/index.js'
import { addRange } from '../format/comparison.js'
import { notExpressible } from '../format/values.js'
import type { Interval } from '../values.js'
import { type ExpressionFormat, WORK_REGISTER } from './expression.js'

export const compareRange = ({ from, to }: Interval): NftExpressionInput => ({
  name: 'range',
  data: { sreg: WORK_REGISTER, op: 'eq', fromData: { value: from }, toData: { value: to } },
})

/** `tcp dport 1000-2000`, `tcp dport != 1000-2000` */
export const formatRange: ExpressionFormat<'range'> = ({ sreg, op, fromData, toData }, state) => {
  const value = state.registers.read(sreg)
  const [from, to] = [fromData?.value, toData?.value]
  if (value === undefined || value.constant || from === undefined || to === undefined)
    return notExpressible('range')
  return addRange(state, value, op, from, to)
}
