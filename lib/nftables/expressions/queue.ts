import { hostInteger } from '../datatypes.js'
import { valueText } from '../format/assignment.js'
import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

const FLAGS: Readonly<Record<string, string>> = { bypass: 'bypass', cpuFanout: 'fanout' }

/** `queue to 1`, `queue flags bypass,fanout to 1-4`, `queue to numgen inc mod 3` */
export const formatQueue: ExpressionFormat<'queue'> = ({ num, total = 1, flags = [], sregQnum }, state) => {
  const words = flags.map((flag) => FLAGS[String(flag)])
  if (words.includes(undefined)) return notExpressible('queue')
  const queue = words.length > 0 ? `queue flags ${words.join(',')}` : 'queue'
  if (sregQnum === undefined) {
    const first = num ?? 0
    return `${queue} to ${total > 1 ? `${first}-${first + total - 1}` : first}`
  }
  const value = state.registers.read(sregQnum)
  const number = value && valueText(state, value, hostInteger(value.source.length))
  return number === undefined ? notExpressible('queue') : `${queue} to ${number}`
}
