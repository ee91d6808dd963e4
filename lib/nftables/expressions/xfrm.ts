import type { Datatype } from '../datatype.js'
import { datatypes, hostInteger, packetInteger } from '../datatypes.js'
import { wholeSource } from '../format/source.js'
import type { ExpressionFormat } from './expression.js'

/** nft(8)'s texts after the direction. nft(8), IPSEC EXPRESSIONS */
const KEYS: Readonly<Record<string, { readonly text: string; readonly type: Datatype }>> = {
  daddrIp4: { text: 'ip daddr', type: datatypes.ipv4_addr },
  daddrIp6: { text: 'ip6 daddr', type: datatypes.ipv6_addr },
  saddrIp4: { text: 'ip saddr', type: datatypes.ipv4_addr },
  saddrIp6: { text: 'ip6 saddr', type: datatypes.ipv6_addr },
  reqid: { text: 'reqid', type: hostInteger(4) },
  spi: { text: 'spi', type: packetInteger(4) },
}

/** `ipsec in reqid`, `ipsec out spnum 1 ip saddr` */
export const formatXfrm: ExpressionFormat<'xfrm'> = ({ dreg, key, dir, spnum = 0 }, state) => {
  const found = typeof dir === 'string' ? KEYS[String(key)] : undefined
  const index = spnum === 0 ? '' : ` spnum ${spnum}`
  return state.load(
    dreg,
    found && wholeSource('xfrm', `ipsec ${dir}${index} ${found.text}`, found.type),
    'xfrm',
  )
}
