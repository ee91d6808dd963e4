import type { NftExpressionInput } from '../../../protocol/index.js'
import { addComparison } from '../format/comparison.js'
import { notExpressible } from '../format/values.js'
import { type ExpressionFormat, WORK_REGISTER } from './expression.js'

export const compare = (op: 'eq' | 'neq', value: Uint8Array): NftExpressionInput => ({
  name: 'cmp',
  data: { sreg: WORK_REGISTER, op, data: { value } },
})

/** `ip saddr 10.0.0.1`, `tcp dport >= 1024`, `ct state established,related` */
export const formatCmp: ExpressionFormat<'cmp'> = ({ sreg, op, data }, state) => {
  const value = state.registers.read(sreg)
  const bytes = data?.value
  if (value === undefined || value.constant || bytes === undefined) return notExpressible('cmp')
  return addComparison(state, value, op, bytes)
}
