import { loadedBits, swappedBits } from '../format/bits.js'
import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** A conversion has no text: nft(8) writes values in the byte order of their type. */
export const formatByteorder: ExpressionFormat<'byteorder'> = ({ sreg, dreg, len = 0, size = 0 }, state) => {
  const value = state.registers.read(sreg)
  if (value === undefined || value.constant || dreg === undefined || len < value.source.length) {
    return notExpressible('byteorder')
  }
  const bits = swappedBits(value.bits ?? loadedBits(value.source.length), size)
  return bits ? state.store(dreg, { ...value, bits, used: false }) : notExpressible('byteorder')
}
