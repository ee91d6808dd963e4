import type { NftExpressionData, NftExpressionInput } from '../../../protocol/index.js'
import type { Datatype } from '../datatype.js'
import { formatBits, formatValue } from '../format/values.js'
import { prefixLength } from '../values.js'
import { type ExpressionFormat, notExpressible, WORK_REGISTER } from './expression.js'

export const compare = (op: 'eq' | 'neq', value: Uint8Array): NftExpressionInput => ({
  name: 'cmp',
  data: { sreg: WORK_REGISTER, op, data: { value } },
})

type Operator = NftExpressionData<'cmp'>['op']

const OPERATORS: Readonly<Record<string, string>> = {
  eq: '',
  neq: '!= ',
  lt: '< ',
  lte: '<= ',
  gt: '> ',
  gte: '>= ',
}

/** `ip saddr 10.0.0.1`, `tcp dport >= 1024`, `ct state established,related` */
export const formatCmp: ExpressionFormat<'cmp'> = ({ sreg, op, data }, state) => {
  const loaded = state.loaded(sreg)
  const value = data?.value
  if (loaded === undefined || value === undefined) return notExpressible('cmp')
  const { text, type, mask, dependency } = loaded
  if (mask !== undefined) return `${text} ${formatMasked(type, mask, op, value)}`
  if (op === 'eq' && dependency !== undefined) state.addDependency(dependency, type.format(value))
  const { lowerBound, statements } = state
  state.lowerBound = op === 'gte' ? { position: statements.length, loaded, value } : undefined
  if (op === 'lte' && lowerBound?.loaded === loaded && lowerBound.position === statements.length - 1) {
    const range = `${formatValue(type, lowerBound.value)}-${formatValue(type, value)}`
    statements[lowerBound.position] = `${text} ${range}`
    return undefined
  }
  return `${text} ${operatorText(op)}${formatValue(type, value)}`
}

const operatorText = (op: Operator) => OPERATORS[String(op)] ?? `${op} `

function formatMasked(type: Datatype, mask: Uint8Array, op: Operator, value: Uint8Array): string {
  if (type.bitmask && value.every((byte) => byte === 0)) {
    return `${op === 'neq' ? '' : '! '}${formatBits(type, mask)}`
  }
  const operator = operatorText(op)
  const bits = prefixLength(mask)
  if (bits !== undefined && type.prefixes) return `${operator}${formatValue(type, value)}/${bits}`
  return `& ${formatValue(type, mask)} ${operator === '' ? '==' : operator.trim()} ${formatValue(type, value)}`
}
