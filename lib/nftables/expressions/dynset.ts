import { valueText } from '../format/assignment.js'
import { dataTypes } from '../format/elements.js'
import { keyHeaders, keyText, setKeyOperands } from '../format/key.js'
import { formatStateless } from '../format/stateful.js'
import { identifier, notExpressible } from '../format/values.js'
import { formatTime } from '../units.js'
import type { ExpressionFormat } from './expression.js'

/** `add @seen { ip saddr }`, `update @seen { ip saddr timeout 1m limit rate 10/second : 0x1 }` */
export const formatDynset: ExpressionFormat<'dynset'> = (data, state) => {
  const { setName = '', op, sregKey, sregData, timeout, expr, expressions, flags = [] } = data
  const set = state.table.sets.find(({ name }) => name === setName)
  const key = set && setKeyOperands(state, sregKey, set)
  const isTyped = key?.every(({ isRaw }) => !isRaw) ?? false
  const isKnown = isTyped && typeof op === 'string' && flags.every((flag) => flag === 'expr')
  if (set === undefined || key === undefined || !isKnown) return notExpressible('dynset')
  const value = sregData === undefined ? undefined : state.registers.read(sregData)
  const types = dataTypes(set)?.types ?? []
  const [type] = types
  const mapped = value && type && types.length === 1 ? valueText(state, value, type) : undefined
  if ((sregData === undefined) !== (mapped === undefined)) return notExpressible('dynset')
  state.removeDependencies(keyHeaders(key))
  const element = [
    keyText(key),
    ...(timeout ? [`timeout ${formatTime(timeout)}`] : []),
    ...(expressions ?? (expr ? [expr] : [])).map(formatStateless),
    ...(mapped === undefined ? [] : [`: ${mapped}`]),
  ]
  return `${op} @${identifier(setName)} { ${element.join(' ')} }`
}
