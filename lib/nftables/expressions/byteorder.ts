import { loadedBits, swappedBits, swappedBytes } from '../format/bits.js'
import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** A conversion has no text: nft(8) writes values in the byte order of their type. */
export const formatByteorder: ExpressionFormat<'byteorder'> = ({ sreg, dreg, len = 0, size = 0 }, state) => {
  const value = state.registers.read(sreg)
  if (value === undefined || value.constant || dreg === undefined || len < value.source.length) {
    return notExpressible('byteorder')
  }
  if (size < 1) return notExpressible('byteorder')
  const bits = swappedBits(value.bits ?? loadedBits(value.source.length), size)
  // All masks are kept in the order that the register has at the end.
  const operations = value.operations?.map((operation) =>
    'left' in operation
      ? operation
      : { and: swappedBytes(operation.and, size), xor: swappedBytes(operation.xor, size) },
  )
  return state.store(dreg, { ...value, bits, operations, used: false })
}
