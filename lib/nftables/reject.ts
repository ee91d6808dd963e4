import type { NfFamily, NftExpressionInput } from '../../protocol/index.js'

/** Codes that suit both families; the kernel translates them. net/netfilter/nft_reject.c */
export const icmpxCodes = {
  'no-route': 0,
  'port-unreachable': 1,
  'host-unreachable': 2,
  'admin-prohibited': 3,
} as const
/** By nft(8)'s names. RFC 792, RFC 1812 */
export const icmpCodes = {
  'net-unreachable': 0,
  'host-unreachable': 1,
  'prot-unreachable': 2,
  'port-unreachable': 3,
  'net-prohibited': 9,
  'host-prohibited': 10,
  'admin-prohibited': 13,
} as const
/** RFC 4443 */
export const icmpv6Codes = {
  'no-route': 0,
  'admin-prohibited': 1,
  'addr-unreachable': 3,
  'port-unreachable': 4,
} as const

/** Why a packet is refused. */
export type RejectReason = keyof typeof icmpxCodes

const ICMP_NAMES = {
  'no-route': 'net-unreachable',
  'port-unreachable': 'port-unreachable',
  'host-unreachable': 'host-unreachable',
  'admin-prohibited': 'admin-prohibited',
} as const
const ICMPV6_NAMES = {
  ...ICMP_NAMES,
  'no-route': 'no-route',
  'host-unreachable': 'addr-unreachable',
} as const

/** As nft(8) would have it: a table of one family sends that family's own codes. */
export function rejectExpression(family: NfFamily, reason: RejectReason): NftExpressionInput {
  if (family === 'ip')
    return { name: 'reject', data: { type: 'icmpUnreach', icmpCode: icmpCodes[ICMP_NAMES[reason]] } }
  if (family === 'ip6')
    return { name: 'reject', data: { type: 'icmpUnreach', icmpCode: icmpv6Codes[ICMPV6_NAMES[reason]] } }
  return { name: 'reject', data: { type: 'icmpxUnreach', icmpCode: icmpxCodes[reason] } }
}
