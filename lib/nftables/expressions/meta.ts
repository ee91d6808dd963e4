import type { NftExpressionInput } from '../../../protocol/index.js'
import type { Datatype } from '../datatype.js'
import { datatypes, hostInteger, packetInteger } from '../datatypes.js'
import { formatAssignment } from '../format/values.js'
import type { Layer } from '../headers.js'
import { type ExpressionFormat, WORK_REGISTER } from './expression.js'

interface MetaKey {
  /** nft(8)'s text. */
  readonly text: string
  readonly type: Datatype
  /** The layer whose protocol a comparison with it determines. */
  readonly dependency?: Layer
}

/**
 * The keys of metadata that rules are built from and listed with, by the names of `metaKey`. nft(8), META EXPRESSIONS
 */
export const metaKeys = {
  len: { text: 'meta length', type: hostInteger(4) },
  protocol: { text: 'meta protocol', type: datatypes.ether_type, dependency: 'network' },
  priority: { text: 'meta priority', type: datatypes.mark },
  mark: { text: 'meta mark', type: datatypes.mark },
  iif: { text: 'iif', type: datatypes.iface_index },
  oif: { text: 'oif', type: datatypes.iface_index },
  iifname: { text: 'iifname', type: datatypes.ifname },
  oifname: { text: 'oifname', type: datatypes.ifname },
  iiftype: { text: 'meta iiftype', type: hostInteger(2), dependency: 'link' },
  oiftype: { text: 'meta oiftype', type: hostInteger(2) },
  skuid: { text: 'meta skuid', type: datatypes.uid },
  skgid: { text: 'meta skgid', type: datatypes.gid },
  nftrace: { text: 'meta nftrace', type: hostInteger(1) },
  nfproto: { text: 'meta nfproto', type: datatypes.nf_proto, dependency: 'network' },
  l4proto: { text: 'meta l4proto', type: datatypes.inet_proto, dependency: 'transport' },
  pkttype: { text: 'meta pkttype', type: datatypes.pkt_type },
  cpu: { text: 'meta cpu', type: hostInteger(4) },
  iifgroup: { text: 'iifgroup', type: hostInteger(4) },
  oifgroup: { text: 'oifgroup', type: hostInteger(4) },
  cgroup: { text: 'meta cgroup', type: hostInteger(4) },
  iifkind: { text: 'meta iifkind', type: datatypes.ifname },
  oifkind: { text: 'meta oifkind', type: datatypes.ifname },
} as const satisfies Readonly<Record<string, MetaKey>>

export type MetaKeyName = keyof typeof metaKeys

export const loadMeta = (key: MetaKeyName): NftExpressionInput => ({
  name: 'meta',
  data: { key, dreg: WORK_REGISTER },
})

export const setMeta = (key: MetaKeyName): NftExpressionInput => ({
  name: 'meta',
  data: { key, sreg: WORK_REGISTER },
})

/** `meta mark`, `iifname`; `meta mark set 0x00000001` */
export const formatMeta: ExpressionFormat<'meta'> = ({ key, dreg, sreg }, state) => {
  const known: Readonly<Record<string, MetaKey>> = metaKeys
  const { text, type, dependency } = known[String(key)] ?? { text: `meta ${key}`, type: packetInteger(4) }
  if (sreg !== undefined) return formatAssignment(text, type, state.loaded(sreg))
  return state.load(dreg, { text, type: state.named(type), ...(dependency && { dependency }) })
}
