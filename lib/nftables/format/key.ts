import { keyLength } from '../datatypes.js'
import type { NftTableListing } from '../listing.js'
import { keyTypes } from './elements.js'
import { type Operand, operandOf } from './operand.js'
import type { RuleState } from './state.js'

type ListedSet = NftTableListing['sets'][number]

/** A field of a key in registers. */
export type KeyOperand = Operand & {
  /** The bytes that it has in the register, without padding. */
  readonly length: number
}

/**
 * The fields of the key in the registers from one on; undefined if nft(8) has no words for one.
 * @param isInterval whether it is looked up in intervals
 */
export function keyOperands(
  state: RuleState,
  register: number | undefined,
  length: number,
  isInterval = false,
): KeyOperand[] | undefined {
  const values = state.registers.readKey(register, length)
  const operands = values?.map((value) => {
    const operand = value.constant ? undefined : operandOf(value)
    return operand && { ...operand, length: value.source.length }
  })
  if (operands === undefined || operands.some((one) => one === undefined)) return undefined
  const known = operands as KeyOperand[]
  // The kernel compares the keys of intervals as bytes: all are in network order, otherwise each in that of its type.
  const isOrdered = known.every(
    ({ isSorted, type, length }) => isSorted === (isInterval || type.bigEndian || length === 1),
  )
  const isRead = known.every(({ isShifted, isMoved }) => !isShifted && !(isInterval && isMoved))
  if (!isOrdered || !isRead) return undefined
  // A key that is concatenated fills whole words; a single field has its own length.
  return keyLength(known) === length ? known : undefined
}

/**
 * The fields of the key that is looked up in a set; undefined if it is not the key that nft(8) would look up there: of
 * another type, or in another byte order.
 */
export function setKeyOperands(
  state: RuleState,
  register: number | undefined,
  set: ListedSet,
): KeyOperand[] | undefined {
  const key = keyOperands(state, register, set.keyLen ?? 0, set.flags?.includes('interval') ?? false)
  if (key === undefined || set.flags?.includes('anonymous')) return key
  const types = keyTypes(set)?.types
  const isSame =
    types === undefined || types.map(({ name }) => name).join() === key.map(({ type }) => type.name).join()
  return isSame ? key : undefined
}

/** The fields as nft(8) writes them. */
export const keyText = (key: readonly KeyOperand[]) => key.map(({ text }) => text).join(' . ')

/** The headers that a key is read from. */
export const keyHeaders = (key: readonly KeyOperand[]) => key.flatMap(({ headers }) => headers)
