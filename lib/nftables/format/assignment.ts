import type { Datatype } from '../datatype.js'
import { bytesOfType } from './field-bytes.js'
import { operandOf } from './operand.js'
import type { RegisterValue } from './registers.js'
import type { RuleState } from './state.js'
import { formatBits, formatValue, notExpressible } from './values.js'

/** `meta mark set 0x00000001`: assigns a constant, or what was loaded from the packet. */
export function formatAssignment(
  state: RuleState,
  name: string,
  text: string,
  type: Datatype,
  register: number,
): string {
  const value = state.registers.read(register)
  const assigned = value && valueText(state, value, type)
  return assigned === undefined ? notExpressible(`${name} set`) : `${text} set ${assigned}`
}

/**
 * The text of what a register holds, as a value of a type; undefined if nft(8) has no words for it.
 * @param keepDependencies where nft(8) adds no comparison of protocols by itself
 */
export function valueText(
  state: RuleState,
  value: RegisterValue,
  type: Datatype,
  keepDependencies = false,
): string | undefined {
  const { constant } = value
  if (constant) return constantText(type, constant)
  const operand = operandOf(value)
  // nft(8) does not convert bytes of the packet to host order.
  if (value.source.bigEndian && !type.bigEndian && type.length > 1) return undefined
  // A value that is assigned keeps its bytes: those of another order would mean another number.
  if (operand === undefined || value.source.length !== type.length) return undefined
  if (operand.isSorted !== type.bigEndian && type.length > 1) return undefined
  const isOfType = operand.type.name === type.name || operand.type.name === 'integer'
  if (!isOfType || type.bits !== undefined) return undefined
  if (!keepDependencies) state.removeDependencies(operand.headers)
  return operand.text
}

/** A constant, whose bytes beyond the type's are zero. */
export function constantText(type: Datatype, constant: Uint8Array): string | undefined {
  const bytes = bytesOfType(type, constant)
  if (bytes === undefined) return undefined
  return type.bitmask ? formatBits(type, bytes) : formatValue(type, bytes)
}
