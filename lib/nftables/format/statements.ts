import type { NfFamily, NftExpression } from '../../../protocol/index.js'
import { byteUnits, DEFAULT_BURST, limitPeriods } from '../limit.js'
import { icmpCodes, icmpv6Codes, icmpxCodes } from '../reject.js'
import { quoted } from './values.js'

/** What an expression of this name holds. */
export type Data<N extends NftExpression['name']> = NonNullable<Extract<NftExpression, { name: N }>['data']>

const periods = new Map(Object.entries(limitPeriods).map(([word, seconds]) => [BigInt(seconds), word]))
const sizes = Object.entries(byteUnits).map(([word, size]) => ({ word, size: BigInt(size) }))

/** Bytes, in the largest unit that they fill. */
function formatSize(bytes: bigint): string {
  const unit = bytes > 0n ? sizes.findLast(({ size }) => bytes % size === 0n) : undefined
  return unit ? `${bytes / unit.size} ${unit.word}` : `${bytes} bytes`
}

export function formatLimit({ rate = 0n, unit = 1n, burst = 0, type, flags }: Data<'limit'>): string {
  const over = flags?.includes('invert') ? 'over ' : ''
  const per = periods.get(unit) ?? `${unit}s`
  if (type === 'bytes') {
    return `limit rate ${over}${formatSize(rate)}/${per}${burst > 0 ? ` burst ${formatSize(BigInt(burst))}` : ''}`
  }
  return `limit rate ${over}${rate}/${per}${burst > 0 && burst !== DEFAULT_BURST ? ` burst ${burst} packets` : ''}`
}

const LOG_FLAGS: Readonly<Record<string, string>> = {
  tcpseq: 'tcp sequence',
  tcpopt: 'tcp options',
  ipopt: 'ip options',
  uid: 'skuid',
  macdecode: 'ether',
}

export function formatLog({ prefix, group, snaplen, qthreshold, level, flags }: Data<'log'>): string {
  return [
    'log',
    ...(prefix ? [`prefix ${quoted(prefix)}`] : []),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(snaplen ? [`snaplen ${snaplen}`] : []),
    ...(qthreshold ? [`queue-threshold ${qthreshold}`] : []),
    ...(level === undefined || level === 'warn' || group !== undefined ? [] : [`level ${level}`]),
    ...(flags ?? []).map((flag) => `flags ${LOG_FLAGS[String(flag)] ?? flag}`),
  ].join(' ')
}

export function natFlags(flags: Data<'nat'>['flags']): string {
  const names: Readonly<Record<string, string>> = {
    random: 'random',
    fullyRandom: 'fully-random',
    persistent: 'persistent',
  }
  const words = (flags ?? []).flatMap((flag) => names[String(flag)] ?? [])
  return words.length > 0 ? ` ${words.join(',')}` : ''
}

export function formatQuota({ bytes = 0n, flags, consumed }: Data<'quota'>): string {
  const over = flags?.includes('invert') ? 'over ' : ''
  return `quota ${over}${formatSize(bytes)}${consumed ? ` used ${formatSize(consumed)}` : ''}`
}

/** NFT_OBJECT_*. include/uapi/linux/netfilter/nf_tables.h */
const OBJECTS = ['', 'counter', 'quota', 'ct helper', 'limit']

export function formatReference({ immType, immName }: Data<'objref'>): string {
  return `${OBJECTS[immType ?? 0] ?? 'object'} name ${quoted(immName ?? '')}`
}

/** @param six the packet is of IPv6, as far as the rule has said */
export function formatReject({ type, icmpCode = 0 }: Data<'reject'>, family: NfFamily, six: boolean): string {
  if (type === 'tcpRst') return 'reject with tcp reset'
  const [word, codes] =
    type === 'icmpxUnreach' ? ['icmpx', icmpxCodes] : six ? ['icmpv6', icmpv6Codes] : ['icmp', icmpCodes]
  const name = Object.entries(codes).find(([, code]) => code === icmpCode)?.[0] ?? icmpCode
  // What goes without saying.
  const usual = name === 'port-unreachable' && (type === 'icmpxUnreach' || family !== 'inet')
  return usual ? 'reject' : `reject with ${word} ${name}`
}
