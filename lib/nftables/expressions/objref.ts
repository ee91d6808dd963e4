import { keyHeaders, keyText, setKeyOperands } from '../format/key.js'
import { notExpressible, quoted } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'
import { setText } from './lookup.js'

/** nft(8)'s words before the name of an object. */
const STATEMENTS: Readonly<Record<string, string>> = {
  counter: 'counter name',
  quota: 'quota name',
  ctHelper: 'ct helper set',
  limit: 'limit name',
  ctTimeout: 'ct timeout set',
  secmark: 'meta secmark set',
  ctExpectation: 'ct expectation set',
  synproxy: 'synproxy name',
}

/** `counter name "web"`, `ct helper set "ftp"`; `quota name ip saddr map { 10.0.0.1 : "small" }` */
export const formatObjref: ExpressionFormat<'objref'> = (data, state) => {
  const { immType, immName, setSreg, setName } = data
  if (immName !== undefined) {
    const words = STATEMENTS[String(immType)]
    return words === undefined ? notExpressible(`object ${immType}`) : `${words} ${quoted(immName)}`
  }
  const set = state.table.sets.find(({ name }) => name === setName)
  const key = set && setKeyOperands(state, setSreg, set)
  const words = STATEMENTS[String(set?.objType)]
  if (set === undefined || key === undefined || words === undefined) return notExpressible('objref')
  const elements = setText(set, key)
  state.removeDependencies(keyHeaders(key))
  return `${words} ${keyText(key)} map ${elements}`
}
