import type { NftExpressionInput } from '../../../protocol/index.js'
import type { Datatype } from '../datatype.js'
import { datatypes, hostInteger, packetInteger } from '../datatypes.js'
import { formatAssignment } from '../format/assignment.js'
import { wholeSource } from '../format/source.js'
import type { Layer } from '../headers.js'
import { type ExpressionFormat, WORK_REGISTER } from './expression.js'

interface MetaKey {
  /** nft(8)'s text. */
  readonly text: string
  readonly type: Datatype
  /** The layer whose protocol a comparison with it determines. */
  readonly dependency?: Layer
}

const { boolean, date, day, devgroup, ether_type, hour, iface_index, ifname, mark } = datatypes

/** One bit in a byte. */
const bit: Datatype = { ...hostInteger(1), bits: 1 }

/**
 * The keys of metadata that rules are built from and listed with, by the names of `metaKey`. nft(8), META EXPRESSIONS
 */
export const metaKeys = {
  len: { text: 'meta length', type: hostInteger(4) },
  protocol: { text: 'meta protocol', type: ether_type, dependency: 'network' },
  priority: { text: 'meta priority', type: datatypes.classid },
  mark: { text: 'meta mark', type: mark },
  iif: { text: 'iif', type: iface_index },
  oif: { text: 'oif', type: iface_index },
  iifname: { text: 'iifname', type: ifname },
  oifname: { text: 'oifname', type: ifname },
  iiftype: { text: 'meta iiftype', type: datatypes.iface_type, dependency: 'link' },
  oiftype: { text: 'meta oiftype', type: datatypes.iface_type },
  skuid: { text: 'meta skuid', type: datatypes.uid },
  skgid: { text: 'meta skgid', type: datatypes.gid },
  nftrace: { text: 'meta nftrace', type: bit },
  rtclassid: { text: 'meta rtclassid', type: datatypes.realm },
  secmark: { text: 'meta secmark', type: hostInteger(4) },
  nfproto: { text: 'meta nfproto', type: datatypes.nf_proto, dependency: 'network' },
  l4proto: { text: 'meta l4proto', type: datatypes.inet_proto, dependency: 'transport' },
  ibrname: { text: 'meta ibrname', type: ifname },
  obrname: { text: 'meta obrname', type: ifname },
  pkttype: { text: 'meta pkttype', type: datatypes.pkt_type },
  cpu: { text: 'meta cpu', type: hostInteger(4) },
  iifgroup: { text: 'iifgroup', type: devgroup },
  oifgroup: { text: 'oifgroup', type: devgroup },
  cgroup: { text: 'meta cgroup', type: hostInteger(4) },
  random: { text: 'meta random', type: packetInteger(4) },
  ipsec: { text: 'meta ipsec', type: boolean },
  iifkind: { text: 'meta iifkind', type: ifname },
  oifkind: { text: 'meta oifkind', type: ifname },
  ibrpvid: { text: 'meta ibrpvid', type: hostInteger(2) },
  ibrvproto: { text: 'meta ibrvproto', type: ether_type },
  time: { text: 'meta time', type: date },
  day: { text: 'meta day', type: day },
  hour: { text: 'meta hour', type: hour },
  sdif: { text: 'meta sdif', type: iface_index },
  sdifname: { text: 'meta sdifname', type: ifname },
  broute: { text: 'meta broute', type: bit },
} as const satisfies Readonly<Record<string, MetaKey>>

export type MetaKeyName = keyof typeof metaKeys

export const setMeta = (key: MetaKeyName): NftExpressionInput => ({
  name: 'meta',
  data: { key, sreg: WORK_REGISTER },
})

/** `meta mark`, `iifname`; `meta mark set 0x00000001` */
export const formatMeta: ExpressionFormat<'meta'> = ({ key, dreg, sreg }, state) => {
  const known: MetaKey | undefined = Object.hasOwn(metaKeys, String(key))
    ? metaKeys[key as MetaKeyName]
    : undefined
  // nft(8) takes it in this family only.
  const isOutside = key === 'nfproto' && state.family !== 'inet'
  if (known === undefined || isOutside) return state.load(dreg, undefined, `meta ${key}`)
  const { text, dependency } = known
  const type = state.named(known.type)
  if (sreg !== undefined) return formatAssignment(state, 'meta', text, type, sreg)
  return state.load(dreg, wholeSource('meta', text, type, { dependency }))
}
