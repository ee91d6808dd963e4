import type { NftExpressionData } from '../../../protocol/index.js'
import { notExpressible, quoted } from '../format/values.js'
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
const BOTH_TCP = ['tcpseq', 'tcpopt']

/** The level that nft(8) does not write. */
const DEFAULT_LEVEL = 'warn' satisfies LogLevel

/** `log prefix "web " level info`, `log group 2 snaplen 64`, `log flags all` */
export const formatLog: ExpressionFormat<'log'> = (data) => {
  const { prefix, group, snaplen, qthreshold, level, flags = [] } = data
  // A group has no level, flags of text or the like; `nflog` only says that there is one.
  const shown = flags.filter((flag) => flag !== 'nflog')
  const isText = snaplen === undefined && qthreshold === undefined
  const isGroup = level === undefined && shown.length === 0
  const isKnown =
    shown.every((flag) => Object.hasOwn(FLAGS, String(flag))) && typeof (level ?? '') === 'string'
  if (!isKnown || (group === undefined ? !isText : !isGroup)) return notExpressible('log')
  return [
    'log',
    ...(prefix !== undefined ? [`prefix ${quoted(prefix)}`] : []),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(snaplen !== undefined ? [`snaplen ${snaplen}`] : []),
    ...(qthreshold !== undefined ? [`queue-threshold ${qthreshold}`] : []),
    ...(level === undefined || level === DEFAULT_LEVEL ? [] : [`level ${level}`]),
    ...flagTexts(shown.map(String)),
  ].join(' ')
}

function flagTexts(flags: readonly string[]): string[] {
  if (Object.keys(FLAGS).every((flag) => flags.includes(flag))) return ['flags all']
  const isBoth = BOTH_TCP.every((flag) => flags.includes(flag))
  const single = isBoth ? flags.filter((flag) => !BOTH_TCP.includes(flag)) : flags
  const texts = single.map((flag) => `flags ${FLAGS[flag]}`)
  return isBoth ? ['flags tcp sequence,options', ...texts] : texts
}
