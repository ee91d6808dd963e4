import type { NftExpressionInput } from '../../../protocol/index.js'
import { formatValue } from '../format/values.js'
import type { Interval } from '../values.js'
import { type ExpressionFormat, notExpressible, WORK_REGISTER } from './expression.js'

export const compareRange = ({ from, to }: Interval): NftExpressionInput => ({
  name: 'range',
  data: { sreg: WORK_REGISTER, op: 'eq', fromData: { value: from }, toData: { value: to } },
})

/** `tcp dport 1000-2000`, `tcp dport != 1000-2000` */
export const formatRange: ExpressionFormat<'range'> = ({ sreg, op, fromData, toData }, state) => {
  const loaded = state.loaded(sreg)
  const [from, to] = [fromData?.value, toData?.value]
  if (loaded === undefined || from === undefined || to === undefined) return notExpressible('range')
  const { text, type } = loaded
  return `${text} ${op === 'neq' ? '!= ' : ''}${formatValue(type, from)}-${formatValue(type, to)}`
}
