import type { NftExpressionInput } from '../../../protocol/index.js'
import type { Datatype } from '../datatype.js'
import { datatypes, hostInteger, packetInteger } from '../datatypes.js'
import { formatAssignment } from '../format/assignment.js'
import { wholeSource } from '../format/source.js'
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
  secmark: { text: 'secmark', type: hostInteger(4) },
  expiration: { text: 'expiration', type: datatypes.time },
  helper: { text: 'helper', type: datatypes.string },
  l3protocol: { text: 'l3proto', type: datatypes.nf_proto },
  protocol: { text: 'protocol', type: datatypes.inet_proto },
  protoSrc: { text: 'proto-src', type: datatypes.inet_service },
  protoDst: { text: 'proto-dst', type: datatypes.inet_service },
  labels: { text: 'label', type: datatypes.ct_label },
  pkts: { text: 'packets', type: hostInteger(8) },
  bytes: { text: 'bytes', type: hostInteger(8) },
  avgpkt: { text: 'avgpkt', type: hostInteger(8) },
  zone: { text: 'zone', type: hostInteger(2) },
  eventmask: { text: 'event', type: datatypes.ct_event },
  srcIp: { text: 'ip saddr', type: datatypes.ipv4_addr },
  dstIp: { text: 'ip daddr', type: datatypes.ipv4_addr },
  srcIp6: { text: 'ip6 saddr', type: datatypes.ipv6_addr },
  dstIp6: { text: 'ip6 daddr', type: datatypes.ipv6_addr },
  id: { text: 'id', type: packetInteger(4) },
} as const satisfies Readonly<Record<string, CtKey>>

export type CtKeyName = keyof typeof ctKeys

export const setCt = (key: CtKeyName): NftExpressionInput => ({
  name: 'ct',
  data: { key, sreg: WORK_REGISTER },
})

/** Addresses of either family: that of the table decides. */
const ADDRESS_TEXTS: Readonly<Record<string, string>> = { src: 'saddr', dst: 'daddr' }

/** The key of a connection, and nft(8)'s text for it; undefined if it has none. */
export function ctKeyOf(
  key: unknown,
  direction: unknown,
  network?: string,
): { readonly text: string; readonly type: Datatype } | undefined {
  const name = String(key)
  const address = ADDRESS_TEXTS[name]
  const addressType =
    network === 'ip' ? datatypes.ipv4_addr : network === 'ip6' ? datatypes.ipv6_addr : undefined
  const known: CtKey | undefined =
    address && addressType
      ? { text: address, type: addressType }
      : Object.hasOwn(ctKeys, name)
        ? ctKeys[name as CtKeyName]
        : undefined
  if (known === undefined || (direction !== undefined && typeof direction !== 'string')) return undefined
  return {
    text: ['ct', ...(direction === undefined ? [] : [direction]), known.text].join(' '),
    type: known.type,
  }
}

/** `ct state`, `ct original ip saddr`; `ct mark set 0x00000001` */
export const formatCt: ExpressionFormat<'ct'> = ({ key, direction, dreg, sreg }, state) => {
  const found = ctKeyOf(key, direction, state.protocols.network)
  if (found === undefined) return state.load(dreg, undefined, `ct ${key}`)
  const { text, type } = found
  if (sreg !== undefined) return formatAssignment(state, 'ct', text, type, sreg)
  return state.load(dreg, wholeSource('ct', text, type))
}
