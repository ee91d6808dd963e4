import type { NftExpressionData } from '../../../protocol/index.js'
import { quoted } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** The severity of a message in the kernel's log, syslog(2); `audit` writes it to the audit log. */
export type LogLevel = Extract<NftExpressionData<'log'>['level'], string>

/** nft(8)'s names of flags. nft(8), LOG STATEMENT */
const FLAGS: Readonly<Record<string, string>> = {
  tcpseq: 'tcp sequence',
  tcpopt: 'tcp options',
  ipopt: 'ip options',
  uid: 'skuid',
  macdecode: 'ether',
}

/** The level that nft(8) does not write. */
const DEFAULT_LEVEL = 'warn' satisfies LogLevel

/** `log prefix "web " level info`, `log group 2 snaplen 64` */
export const formatLog: ExpressionFormat<'log'> = ({ prefix, group, snaplen, qthreshold, level, flags }) =>
  [
    'log',
    ...(prefix ? [`prefix ${quoted(prefix)}`] : []),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(snaplen ? [`snaplen ${snaplen}`] : []),
    ...(qthreshold ? [`queue-threshold ${qthreshold}`] : []),
    ...(level === undefined || level === DEFAULT_LEVEL || group !== undefined ? [] : [`level ${level}`]),
    ...(flags ?? []).map((flag) => `flags ${FLAGS[String(flag)] ?? flag}`),
  ].join(' ')
