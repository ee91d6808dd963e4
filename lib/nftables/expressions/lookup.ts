import { type NftExpressionInput, nftRegister } from '../../../protocol/index.js'
import { typesOfNumber } from '../datatypes.js'
import { formatElements, keyTypes } from '../format/elements.js'
import { type ExpressionFormat, notExpressible, WORK_REGISTER } from './expression.js'

/** @param set its name, with its id if it is added in the same transaction */
export const lookUp = (set: { readonly set: string; readonly setId?: number }): NftExpressionInput => ({
  name: 'lookup',
  data: { ...set, sreg: WORK_REGISTER, flags: [] },
})

/** `ip saddr @blocked`, `tcp dport != { 80, 443 }`, `tcp dport vmap @verdicts`, `tcp dport map @forwards` */
export const formatLookup: ExpressionFormat<'lookup'> = (data, state) => {
  const { set: name = '', sreg, dreg, flags } = data
  const set = state.sets.find((one) => one.name === name)
  const key = set && sreg !== undefined ? state.loadedKey(sreg, keyTypes(set)) : state.loaded(sreg)
  if (key === undefined) return notExpressible('lookup')
  const elements = set?.flags?.includes('anonymous') ? `{ ${formatElements(set).join(', ')} }` : `@${name}`
  if (dreg === undefined) return `${key.text} ${flags?.includes('invert') ? '!= ' : ''}${elements}`
  if (dreg === nftRegister.verdict) return `${key.text} vmap ${elements}`
  const [type = key.type] = typesOfNumber(set?.dataType ?? 0) ?? []
  return state.load(dreg, { text: `${key.text} map ${elements}`, type })
}
