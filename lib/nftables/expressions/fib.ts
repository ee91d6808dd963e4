import type { Datatype } from '../datatype.js'
import { datatypes } from '../datatypes.js'
import { wholeSource } from '../format/source.js'
import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** nft(8)'s text for the result of a lookup, and its type. nft(8), FIB EXPRESSIONS */
const RESULTS: Readonly<Record<string, { readonly text: string; readonly type: Datatype }>> = {
  oif: { text: 'oif', type: datatypes.iface_index },
  oifname: { text: 'oifname', type: datatypes.ifname },
  addrtype: { text: 'type', type: datatypes.fib_addrtype },
}

/** Whether there is a route: a number of 4 bytes. */
const presence: Datatype = { ...datatypes.boolean, length: 4 }

const FLAGS: ReadonlySet<unknown> = new Set(['saddr', 'daddr', 'mark', 'iif', 'oif', 'present'])

/** `fib saddr . iif oif`, `fib daddr type` */
export const formatFib: ExpressionFormat<'fib'> = ({ dreg, result, flags = [] }, state) => {
  const found = RESULTS[String(result)]
  if (found === undefined || !flags.every((flag) => FLAGS.has(flag))) return notExpressible('fib')
  const isPresence = flags.includes('present')
  const key = flags.filter((flag) => flag !== 'present').join(' . ')
  const type = isPresence ? presence : state.named(found.type)
  return state.load(dreg, wholeSource('fib', `fib ${key} ${found.text}`, type))
}
