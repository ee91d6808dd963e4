import type { NftExpressionData } from '../../../protocol/index.js'
import { integerOf } from '../datatype.js'
import { type Bits, loadedBits, maskedBits, shiftedBits } from '../format/bits.js'
import type { Operation, RegisterValue } from '../format/registers.js'
import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/**
 * A mask or a shift is written with what uses the register: `ip saddr 10.0.0.0/8`,
 * `meta mark & 0x000000ff == 0x00000001`.
 */
export const formatBitwise: ExpressionFormat<'bitwise'> = (data, state) => {
  const { sreg, dreg, len = 0 } = data
  const value = state.registers.read(sreg)
  if (value === undefined || value.constant || dreg === undefined || len !== value.source.length) {
    return notExpressible('bitwise')
  }
  const operation = operationOf(data)
  const bits = operation && operate(operation, value)
  if (bits === undefined) return notExpressible('bitwise')
  const operations = [...(value.operations ?? []), operation as Operation]
  return state.store(dreg, { ...value, bits, operations, used: false })
}

function operationOf({
  op = 'maskXor',
  mask,
  xor,
  data,
  sreg2,
  len,
}: NftExpressionData<'bitwise'>): Operation | undefined {
  if (sreg2 !== undefined) return undefined
  if (op === 'maskXor') {
    const [and, flipped] = [mask?.value, xor?.value]
    if (data !== undefined || and?.length !== len || flipped?.length !== len) return undefined
    return and && flipped && { and, xor: flipped }
  }
  // The other operations need a second register.
  if ((op !== 'lshift' && op !== 'rshift') || data?.value === undefined) return undefined
  const count = integerOf(data.value, false)
  return { left: op === 'lshift' ? count : -count }
}

function operate(operation: Operation, { bits, source, isSwapped = false }: RegisterValue): Bits | undefined {
  const given = bits ?? loadedBits(source.length)
  // The kernel shifts integers in host order; nft(8) means the order of the type.
  if ('left' in operation && source.length > 1 && source.bigEndian !== isSwapped) return undefined
  return 'left' in operation
    ? shiftedBits(given, operation.left)
    : maskedBits(given, operation.and, operation.xor)
}
