import { type NftExpressionInput, nftRegister } from '../../../protocol/index.js'
import { keyLength, packetInteger } from '../datatypes.js'
import { dataTypes, formatLookedUpElements, hasDataIntervals } from '../format/elements.js'
import { type KeyOperand, keyHeaders, keyText, setKeyOperands } from '../format/key.js'
import type { Source } from '../format/source.js'
import { identifier, notExpressible } from '../format/values.js'
import type { HeaderName } from '../headers.js'
import type { NftTableListing } from '../listing.js'
import { type ExpressionFormat, WORK_REGISTER } from './expression.js'

/** @param set its name, with its id if it is added in the same transaction */
export const lookUp = (
  { set, setId }: { readonly set: string; readonly setId?: number },
  dreg?: number,
): NftExpressionInput => ({
  name: 'lookup',
  data: { set, setId, sreg: WORK_REGISTER, dreg, flags: [] },
})

type ListedSet = NftTableListing['sets'][number]

/** `ip saddr @blocked`, `tcp dport != { 80, 443 }`, `tcp dport vmap @verdicts`, `tcp dport map @forwards` */
export const formatLookup: ExpressionFormat<'lookup'> = (data, state) => {
  const { set: name = '', sreg, dreg, flags = [] } = data
  const set = state.table.sets.find((one) => one.name === name)
  const key = set && setKeyOperands(state, sreg, set)
  if (set === undefined || key === undefined || !flags.every((flag) => flag === 'invert')) {
    return notExpressible('lookup')
  }
  const isInverted = flags.length > 0
  if (isInverted && dreg !== undefined) return notExpressible('lookup')
  const elements = setText(set, key)
  const text = keyText(key)
  const isStatement = dreg === undefined || dreg === nftRegister.verdict
  if (isStatement) {
    state.removeDependencies(keyHeaders(key))
    state.compareOtherwise(key)
  }
  if (dreg === undefined) {
    const operator = isInverted ? ' !=' : key.some(({ isBinary }) => isBinary) ? ' ==' : ''
    state.add(`${text}${operator} ${elements}`)
    return undefined
  }
  if (dreg === nftRegister.verdict) return `${text} vmap ${elements}`
  return state.load(dreg, mapSource(set, `${text} map ${elements}`, keyHeaders(key)))
}

/** A named set, or the elements of an anonymous one. */
export function setText(set: ListedSet, key: readonly KeyOperand[]): string {
  if (!set.flags?.includes('anonymous')) return `@${identifier(set.name)}`
  const elements = formatLookedUpElements(set, key)
  const isExpressible = elements.length > 0 && isPlain(set)
  return `{ ${isExpressible ? elements.join(', ') : notExpressible('set')} }`
}

/** Whether an anonymous set has nothing that has no place within a rule. */
const isPlain = ({ flags = [], userdata, policy, timeout, expr, expressions }: ListedSet) =>
  !flags.includes('eval') &&
  !flags.includes('timeout') &&
  timeout === undefined &&
  !userdata?.comment &&
  policy !== 'memory' &&
  expr === undefined &&
  expressions === undefined

function mapSource(set: ListedSet, text: string, headers: readonly HeaderName[]): Source {
  const length = set.dataLen ?? 0
  const types = dataTypes(set)?.types ?? []
  const [only] = types
  if (types.length === 1 && only?.length === length) {
    const field = { text, type: only, from: 0, count: 8 * length, headers }
    return { name: 'lookup', length, bigEndian: only.bigEndian, fields: [field] }
  }
  const parts = hasDataIntervals(set) ? [...types, ...types] : types
  const field = { text, type: packetInteger(length), from: 0, count: 8 * length, headers }
  const isKnown = parts.length > 0 && keyLength(parts) === length
  return { name: 'lookup', length, bigEndian: true, fields: [field], ...(isKnown && { parts }) }
}
