import type { NfFamily, NftExpressionInput } from '../../../protocol/index.js'
import type { ExpressionFormat } from './expression.js'

/** NFT_REJECT_ICMPX_*: codes that the kernel translates to ICMP or ICMPv6. include/uapi/linux/netfilter/nf_tables.h */
const icmpxCodes = {
  'no-route': 0,
  'port-unreachable': 1,
  'host-unreachable': 2,
  'admin-prohibited': 3,
} as const

/** Codes of "destination unreachable". RFC 792, RFC 1812 */
const icmpCodes = {
  'net-unreachable': 0,
  'host-unreachable': 1,
  'prot-unreachable': 2,
  'port-unreachable': 3,
  'net-prohibited': 9,
  'host-prohibited': 10,
  'admin-prohibited': 13,
} as const

/** Codes of "destination unreachable". RFC 4443 */
const icmpv6Codes = {
  'no-route': 0,
  'admin-prohibited': 1,
  'addr-unreachable': 3,
  'port-unreachable': 4,
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
export const formatReject: ExpressionFormat<'reject'> = ({ type, icmpCode = 0 }, { family, protocols }) => {
  if (type === 'tcpRst') return 'reject with tcp reset'
  const [word, codes] =
    type === 'icmpxUnreach'
      ? ['icmpx', icmpxCodes]
      : protocols.network === 'ip6'
        ? ['icmpv6', icmpv6Codes]
        : ['icmp', icmpCodes]
  const name = Object.entries(codes).find(([, code]) => code === icmpCode)?.[0] ?? icmpCode
  const isDefault = name === 'port-unreachable' && (type === 'icmpxUnreach' || family !== 'inet')
  return isDefault ? 'reject' : `reject with ${word} ${name}`
}
