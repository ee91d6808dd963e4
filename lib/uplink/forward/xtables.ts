import type { NftExpressionData, NftExpressionInput } from '../../../protocol/index.js'
import type { Step } from './evaluate.js'
import { ctBits, type Packet } from './packet.js'

/*
 * Extensions of iptables in rules that iptables-nft wrote. `struct xt_conntrack_mtinfo3`, with the alignment of
 * XT_ALIGN: include/uapi/linux/netfilter/xt_conntrack.h
 */
const CONNTRACK_REV = 3
const CONNTRACK_SIZE = 168
const MATCH_FLAGS = 146
const INVERT_FLAGS = 148
const STATE_MASK = 150
/** XT_CONNTRACK_STATE */
const STATE = 1
/** XT_CONNTRACK_STATE_SNAT: the router masquerades what leaves it. */
const STATE_SNAT = 0x40
/* XT_CONNTRACK_STATE_BIT: the same bits as nft's. */
const ESTABLISHED_RELATED = 2 | 4

type Extension = NftExpressionData<'match'> | undefined

/** Extensions whose condition is for some packets of a connection, or for some connections. */
const VARYING: readonly string[] = [
  'tcp',
  'udp',
  'multiport',
  'icmp',
  'icmp6',
  'sctp',
  'tcpmss',
  'length',
  'string',
]

/** Whether an extension matches. */
export function evaluateMatch(data: Extension, packet: Packet): Step {
  if (data?.name === 'comment') return 'next'
  if (VARYING.includes(data?.name ?? '')) return 'some'
  if (data?.name !== 'conntrack' || data.rev !== CONNTRACK_REV || data.info === undefined) return 'unknown'
  const view = new DataView(data.info.buffer, data.info.byteOffset, data.info.byteLength)
  if (view.byteLength < STATE_MASK + 2 || view.getUint16(MATCH_FLAGS, true) !== STATE) return 'unknown'
  const [state = 0] = ctBits(packet, 'state').value
  const mask = view.getUint16(STATE_MASK, true)
  const matches = (mask & state) !== 0
  if (!matches && (mask & STATE_SNAT) !== 0) return 'unknown'
  return matches !== ((view.getUint16(INVERT_FLAGS, true) & STATE) !== 0) ? 'next' : 'no'
}

/** Targets that change or report a packet, and continue. */
const CONTINUES: readonly string[] = ['LOG', 'NFLOG', 'TCPMSS', 'CLASSIFY', 'DSCP', 'TRACE']

/** Targets that give a packet or its connection a mark. */
export const MARKING: readonly string[] = ['MARK', 'CONNMARK']

export function evaluateTarget(data: Extension): Step {
  const name = data?.name ?? ''
  if (MARKING.includes(name)) return 'next'
  if (CONTINUES.includes(name)) return 'next'
  return name === 'REJECT' ? { code: 'drop' } : 'unknown'
}

/** `-m conntrack --ctstate RELATED,ESTABLISHED` */
export function matchEstablished(): NftExpressionInput {
  const info = new Uint8Array(CONNTRACK_SIZE)
  const view = new DataView(info.buffer)
  view.setUint16(MATCH_FLAGS, STATE, true)
  view.setUint16(STATE_MASK, ESTABLISHED_RELATED, true)
  return { name: 'match', data: { name: 'conntrack', rev: CONNTRACK_REV, info } }
}
