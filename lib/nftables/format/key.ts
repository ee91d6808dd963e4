import { keyLength } from './elements.js'
import { type Operand, operandOf } from './operand.js'
import type { RuleState } from './state.js'

/** A field of a key in registers. */
export type KeyOperand = Operand & {
  /** The bytes that it has in the register, without padding. */
  readonly length: number
}

/** The fields of the key in the registers from one on; undefined if nft(8) has no words for one. */
export function keyOperands(
  state: RuleState,
  register: number | undefined,
  length: number,
): KeyOperand[] | undefined {
  const values = state.registers.readKey(register, length)
  const operands = values?.map((value) => {
    const operand = value.constant ? undefined : operandOf(value)
    return operand && { ...operand, length: value.source.length }
  })
  if (operands === undefined || operands.some((one) => one === undefined)) return undefined
  const known = operands as KeyOperand[]
  // A key that is concatenated fills whole words; a single field has its own length.
  return keyLength(known) === length ? known : undefined
}

/** The fields as nft(8) writes them. */
export const keyText = (key: readonly KeyOperand[]) => key.map(({ text }) => text).join(' . ')

/** The headers that a key is read from. */
export const keyHeaders = (key: readonly KeyOperand[]) => key.flatMap(({ headers }) => headers)
