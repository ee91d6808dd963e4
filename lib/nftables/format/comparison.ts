import { compareBytes } from '../values.js'
import { isZero } from './field-bytes.js'
import { comparedOperand, type Operand, splitOperands } from './operand.js'
import type { RegisterValue } from './registers.js'
import type { LowerBound, RuleState } from './state.js'
import { formatBits, formatRange, formatValue, formatWildcard, notExpressible } from './values.js'

/** How a register is compared with a value; the names of `cmp`'s operations. */
type Operation = 'eq' | 'neq' | 'lt' | 'lte' | 'gt' | 'gte'

const OPERATORS: Readonly<Record<Operation, string>> = {
  eq: '',
  neq: '!= ',
  lt: '< ',
  lte: '<= ',
  gt: '> ',
  gte: '>= ',
}

/** Adds a comparison of a register with a value as a statement; returns a mark if nft(8) has no words for it. */
export function addComparison(
  state: RuleState,
  value: RegisterValue,
  op: unknown,
  bytes: Uint8Array,
): string | undefined {
  if (typeof op !== 'string' || !Object.hasOwn(OPERATORS, op)) return notExpressible('cmp')
  const operation = op as Operation
  const { lowerBound } = state
  state.lowerBound = undefined
  if (isWildcard(value, operation, bytes)) {
    const [field] = value.source.fields
    state.add(`${field?.text} ${OPERATORS[operation]}${formatWildcard(bytes)}`)
    return undefined
  }
  if (bytes.length > value.source.length) return notExpressible('cmp')
  const operands =
    operation === 'eq' && bytes.length === value.source.length ? splitOperands(value) : undefined
  if (operands !== undefined && operands.length > 1) return addAll(state, operands, bytes)
  const operand = comparedOperand(value, bytes.length)
  const compared = operand?.toValue(bytes)
  if (operand === undefined || compared === undefined || !isComparable(operand)) return notExpressible('cmp')
  const isOrdering = operation !== 'eq' && operation !== 'neq'
  if (isOrdering && !isOrderable(operand)) return notExpressible('cmp')
  state.removeDependencies(operand.headers)
  const lowest = operation === 'lte' ? lowestOf(state, lowerBound, value, bytes) : undefined
  const first = lowest && operand.toValue(lowest)
  if (first) {
    state.replaceLast(`${operand.text} ${formatRange(operand.type, first, compared)}`)
    return undefined
  }
  const text = comparisonText(operand, operation, compared)
  if (operation === 'eq' && !operand.isBinary && operand.prefix === undefined) {
    state.addComparison(text, operand, operand.type.format(compared))
  } else {
    state.compareOtherwise([operand])
    state.add(text)
  }
  if (operation === 'gte') {
    state.lowerBound = { statement: state.statements.length - 1, value, bytes }
  }
  return undefined
}

const isComparable = ({ isShifted }: Operand) => !isShifted

/** The lower bound, if it was the statement before, of the same value, and not above the upper bound. */
function lowestOf(
  { statements }: RuleState,
  bound: LowerBound | undefined,
  value: RegisterValue,
  upper: Uint8Array,
): Uint8Array | undefined {
  const isSame = bound?.value === value && bound.statement === statements.length - 1
  return isSame && bound.bytes.length === upper.length && compareBytes(bound.bytes, upper) <= 0
    ? bound.bytes
    : undefined
}

/** Whether values sort as nft(8) understands `<` and ranges. */
const isOrderable = ({ isSorted, isMoved, type, prefix }: Operand) =>
  isSorted && !isMoved && prefix === undefined && type.name !== 'ifname' && type.name !== 'string'

/** Names of links are compared by less bytes than they may have: `iifname "eth*"`. */
const isWildcard = ({ source, bits }: RegisterValue, op: Operation, bytes: Uint8Array) =>
  source.fields[0]?.type.name === 'ifname' &&
  bits === undefined &&
  bytes.length < source.length &&
  (op === 'eq' || op === 'neq')

/** Compares several fields that were loaded at once. */
function addAll(state: RuleState, operands: readonly Operand[], bytes: Uint8Array): undefined {
  state.removeDependencies(operands.flatMap(({ headers }) => headers))
  for (const operand of operands) {
    const part = operand.toValue(bytes) as Uint8Array
    state.addComparison(comparisonText(operand, 'eq', part), operand, operand.type.format(part))
  }
  return undefined
}

function comparisonText(operand: Operand, operation: Operation, value: Uint8Array): string {
  const { text, type, isBinary, masked, prefix } = operand
  const operator = OPERATORS[operation]
  if (prefix !== undefined) return `${text} ${operator}${type.format(value)}/${prefix}`
  if (type.bitmask && masked && (operation === 'eq' || operation === 'neq')) {
    const bits = formatBits(type, masked.mask)
    if (isZero(value)) return `${masked.text} ${operation === 'eq' ? '! ' : ''}${bits}`
    // nft(8) reads a slash only after a list.
    if (bits.includes(',')) return `${masked.text} ${operator}${formatBits(type, value)} / ${bits}`
    return `${text} ${operation === 'eq' ? '==' : '!='} ${type.format(value)}`
  }
  const isExplicit = isBinary || type.bitmask
  if (operation === 'eq' && isExplicit) return `${text} == ${formatValue(type, value)}`
  return `${text} ${operator}${formatValue(type, value)}`
}

/** Adds a comparison of a register with the values from one to another. */
export function addRange(
  state: RuleState,
  value: RegisterValue,
  op: unknown,
  from: Uint8Array,
  to: Uint8Array,
): string | undefined {
  state.lowerBound = undefined
  const operand = from.length === value.source.length ? comparedOperand(value, from.length) : undefined
  const [first, last] = [operand?.toValue(from), operand?.toValue(to)]
  if (
    operand === undefined ||
    first === undefined ||
    last === undefined ||
    !isOrderable(operand) ||
    !isComparable(operand)
  ) {
    return notExpressible('range')
  }
  if ((op !== 'eq' && op !== 'neq') || compareBytes(from, to) > 0) return notExpressible('range')
  state.removeDependencies(operand.headers)
  state.compareOtherwise([operand])
  state.add(`${operand.text} ${OPERATORS[op]}${formatRange(operand.type, first, last)}`)
  return undefined
}
