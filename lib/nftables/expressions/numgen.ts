import { hostInteger } from '../datatypes.js'
import { wholeSource } from '../format/source.js'
import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

const TYPES: Readonly<Record<string, string>> = { incremental: 'inc', random: 'random' }

/** `numgen inc mod 2`, `numgen random mod 10 offset 5` */
export const formatNumgen: ExpressionFormat<'numgen'> = ({ dreg, modulus = 0, type, offset = 0 }, state) => {
  const word = TYPES[String(type)]
  if (word === undefined) return notExpressible('numgen')
  const text = `numgen ${word} mod ${modulus}${offset === 0 ? '' : ` offset ${offset}`}`
  return state.load(dreg, wholeSource('numgen', text, hostInteger(4)))
}
