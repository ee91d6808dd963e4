import type { Datatype } from '../datatype.js'
import { datatypes, hostInteger } from '../datatypes.js'
import { wholeSource } from '../format/source.js'
import type { ExpressionFormat } from './expression.js'

interface RtKey {
  readonly text: string
  readonly type: Datatype
}

/** nft(8)'s texts after `rt`. nft(8), ROUTING EXPRESSIONS */
export const rtKeys = {
  classid: { text: 'classid', type: datatypes.realm },
  nexthop4: { text: 'ip nexthop', type: datatypes.ipv4_addr },
  nexthop6: { text: 'ip6 nexthop', type: datatypes.ipv6_addr },
  tcpmss: { text: 'mtu', type: hostInteger(2) },
  xfrm: { text: 'ipsec', type: datatypes.boolean },
} as const satisfies Readonly<Record<string, RtKey>>

/** A property of a route, with its text; undefined if nft(8) has none. */
export function rtKeyOf(key: unknown): RtKey | undefined {
  const known: Readonly<Record<string, RtKey>> = rtKeys
  const found = known[String(key)]
  return found && { ...found, text: `rt ${found.text}` }
}

/** `rt classid`, `rt ip nexthop` */
export const formatRt: ExpressionFormat<'rt'> = ({ dreg, key }, state) => {
  const found = rtKeyOf(key)
  return state.load(dreg, found && wholeSource('rt', found.text, found.type), `rt ${key}`)
}
