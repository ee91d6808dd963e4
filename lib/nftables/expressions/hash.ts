import { hostInteger } from '../datatypes.js'
import { keyHeaders, keyOperands, keyText } from '../format/key.js'
import { wholeSource } from '../format/source.js'
import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** `jhash ip saddr . tcp dport mod 2 seed 0x1 offset 5`, `symhash mod 2` */
export const formatHash: ExpressionFormat<'hash'> = (data, state) => {
  const { sreg, dreg, len = 0, modulus = 0, seed, offset = 0, type } = data
  const shift = offset === 0 ? '' : ` offset ${offset}`
  if (type === 'sym' && sreg === undefined && !seed) {
    return state.load(dreg, wholeSource('hash', `symhash mod ${modulus}${shift}`, hostInteger(4)))
  }
  const key = type === 'jenkins' ? keyOperands(state, sreg, len) : undefined
  if (key === undefined) return notExpressible('hash')
  const shownSeed = seed === undefined ? '' : ` seed 0x${seed.toString(16)}`
  const text = `jhash ${keyText(key)} mod ${modulus}${shownSeed}${shift}`
  return state.load(dreg, wholeSource('hash', text, hostInteger(4), { headers: keyHeaders(key) }))
}
