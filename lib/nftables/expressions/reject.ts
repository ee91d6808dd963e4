import type { NfFamily, NftExpressionInput } from '../../../protocol/index.js'
import { icmpCodes, icmpv6Codes } from '../datatypes.js'
import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** NFT_REJECT_ICMPX_*: codes that the kernel translates to ICMP or ICMPv6. include/uapi/linux/netfilter/nf_tables.h */
const icmpxCodes = {
  'no-route': 0,
  'port-unreachable': 1,
  'host-unreachable': 2,
  'admin-prohibited': 3,
} as const

/** Why a packet is rejected, by nft(8)'s names of icmpx. */
export type RejectReason = keyof typeof icmpxCodes

export const rejectReasons = Object.keys(icmpxCodes) as readonly RejectReason[]

/** The codes that nft(8) sends in tables of one family. */
const ipCodes: Readonly<Record<RejectReason, number>> = {
  'no-route': icmpCodes['net-unreachable'],
  'port-unreachable': icmpCodes['port-unreachable'],
  'host-unreachable': icmpCodes['host-unreachable'],
  'admin-prohibited': icmpCodes['admin-prohibited'],
}
const ip6Codes: Readonly<Record<RejectReason, number>> = {
  'no-route': icmpv6Codes['no-route'],
  'port-unreachable': icmpv6Codes['port-unreachable'],
  'host-unreachable': icmpv6Codes['addr-unreachable'],
  'admin-prohibited': icmpv6Codes['admin-prohibited'],
}

export function rejectWith(family: NfFamily, reason: RejectReason): NftExpressionInput {
  if (family !== 'ip' && family !== 'ip6') {
    return { name: 'reject', data: { type: 'icmpxUnreach', icmpCode: icmpxCodes[reason] } }
  }
  const codes = family === 'ip' ? ipCodes : ip6Codes
  return { name: 'reject', data: { type: 'icmpUnreach', icmpCode: codes[reason] } }
}

export const rejectWithReset: NftExpressionInput = { name: 'reject', data: { type: 'tcpRst', icmpCode: 0 } }

/** `reject`, `reject with icmp admin-prohibited`, `reject with tcp reset` */
export const formatReject: ExpressionFormat<'reject'> = ({ type, icmpCode = 0 }, state) => {
  const { family } = state
  const { network, transport } = state.protocols
  if (type === 'tcpRst') {
    // nft(8) has its own comparison of the protocol before a reset.
    return transport === 'tcp' && icmpCode === 0 ? 'reject with tcp reset' : notExpressible('reject')
  }
  if (type === 'icmpxUnreach') return withCode('icmpx', icmpxCodes, icmpCode, network === undefined)
  if (type !== 'icmpUnreach' || (network !== 'ip' && network !== 'ip6')) return notExpressible('reject')
  const isOnly = family === network
  // nft(8) adds the comparison of the protocol by itself.
  if (family === 'inet') state.removeDependencies([network])
  return network === 'ip6'
    ? withCode('icmpv6', icmpv6Codes, icmpCode, isOnly)
    : withCode('icmp', icmpCodes, icmpCode, isOnly)
}

function withCode(
  word: string,
  codes: Readonly<Record<string, number>>,
  code: number,
  hasDefault: boolean,
): string {
  const name = Object.entries(codes).find(([, one]) => one === code)?.[0] ?? String(code)
  return hasDefault && name === 'port-unreachable' ? 'reject' : `reject with ${word} ${name}`
}
