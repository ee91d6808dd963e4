import type { NftExpressionInput } from '../../../protocol/index.js'
import type { Datatype } from '../datatype.js'
import { datatypes, hostInteger, packetInteger } from '../datatypes.js'
import { formatAssignment } from '../format/values.js'
import { type ExpressionFormat, WORK_REGISTER } from './expression.js'

interface CtKey {
  /** nft(8)'s text after `ct` and the direction. */
  readonly text: string
  readonly type: Datatype
}

/**
 * The keys of connections that rules are built from and listed with, by the names of `ctKey`.
 * nft(8), CONNTRACK EXPRESSIONS
 */
export const ctKeys = {
  state: { text: 'state', type: datatypes.ct_state },
  direction: { text: 'direction', type: datatypes.ct_dir },
  status: { text: 'status', type: datatypes.ct_status },
  mark: { text: 'mark', type: datatypes.mark },
  l3protocol: { text: 'l3proto', type: datatypes.nf_proto },
  protocol: { text: 'protocol', type: datatypes.inet_proto },
  protoSrc: { text: 'proto-src', type: datatypes.inet_service },
  protoDst: { text: 'proto-dst', type: datatypes.inet_service },
  srcIp: { text: 'ip saddr', type: datatypes.ipv4_addr },
  dstIp: { text: 'ip daddr', type: datatypes.ipv4_addr },
  srcIp6: { text: 'ip6 saddr', type: datatypes.ipv6_addr },
  dstIp6: { text: 'ip6 daddr', type: datatypes.ipv6_addr },
  zone: { text: 'zone', type: hostInteger(2) },
  id: { text: 'id', type: hostInteger(4) },
} as const satisfies Readonly<Record<string, CtKey>>

export type CtKeyName = keyof typeof ctKeys

export const loadCt = (key: CtKeyName): NftExpressionInput => ({
  name: 'ct',
  data: { key, dreg: WORK_REGISTER },
})

export const setCt = (key: CtKeyName): NftExpressionInput => ({
  name: 'ct',
  data: { key, sreg: WORK_REGISTER },
})

/** `ct state`, `ct original ip saddr`; `ct mark set 0x00000001` */
export const formatCt: ExpressionFormat<'ct'> = ({ key, direction, dreg, sreg }, state) => {
  const known: Readonly<Record<string, CtKey>> = ctKeys
  const { text, type } = known[String(key)] ?? { text: String(key), type: packetInteger(4) }
  const name = ['ct', ...(direction === undefined ? [] : [direction]), text].join(' ')
  if (sreg !== undefined) return formatAssignment(name, type, state.loaded(sreg))
  return state.load(dreg, { text: name, type })
}
