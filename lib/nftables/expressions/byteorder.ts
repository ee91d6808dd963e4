import { loadedBits, swappedBits } from '../format/bits.js'
import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** A conversion has no text: nft(8) writes values in the byte order of their type. */
export const formatByteorder: ExpressionFormat<'byteorder'> = ({ sreg, dreg, len = 0, size = 0 }, state) => {
  const value = state.registers.read(sreg)
  if (value === undefined || value.constant || dreg === undefined) return notExpressible('byteorder')
  const { length } = value.source
  // The kernel converts whole integers only, so that a shorter value stays as it is.
  if (len === length && size > length) return state.store(dreg, { ...value, used: false })
  if (len !== length || size !== length) return notExpressible('byteorder')
  return state.store(dreg, {
    ...value,
    bits: swappedBits(value.bits ?? loadedBits(length)),
    isSwapped: !value.isSwapped,
    // Masks are kept in the order that the register has in the end.
    operations: value.operations?.map((operation) =>
      'left' in operation ? operation : { and: operation.and.toReversed(), xor: operation.xor.toReversed() },
    ),
    used: false,
  })
}
