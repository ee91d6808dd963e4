import type { Datatype } from '../datatype.js'
import { datatypes } from '../datatypes.js'
import type { ExpressionFormat } from './expression.js'

/** nft(8)'s text for the result of a lookup, and its type. nft(8), FIB EXPRESSIONS */
const RESULTS: Readonly<Record<string, { readonly text: string; readonly type: Datatype }>> = {
  oif: { text: 'oif', type: datatypes.iface_index },
  oifname: { text: 'oifname', type: datatypes.ifname },
  addrtype: { text: 'type', type: datatypes.fib_addrtype },
}

/** `fib saddr . iif oif`, `fib daddr type` */
export const formatFib: ExpressionFormat<'fib'> = ({ dreg, result, flags = [] }, state) => {
  const { text, type } = RESULTS[String(result)] ?? { text: String(result), type: datatypes.iface_index }
  const key = flags.filter((flag) => flag !== 'present').join(' . ')
  return state.load(dreg, { text: `fib ${key} ${text}`, type })
}
