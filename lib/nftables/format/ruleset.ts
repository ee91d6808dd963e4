import { VERDICT_TYPE } from '../datatypes.js'
import { hookName, priorityName } from '../hooks.js'
import type { NftTableListing, Ruleset } from '../nftables.js'
import { type FormatOptions, formatRule } from './rule.js'
import { formatElements, formatTime, keyTypes, quoted } from './values.js'

type ListedChain = NftTableListing['chains'][number]
type ListedSet = NftTableListing['sets'][number]

/** What separates elements that go on in the next line. */
const NEXT_LINE = ',\n\t\t\t     '

/**
 * A listing in nft(8)'s own syntax, as `nft list ruleset` writes it: nft(8) can read it again. Statements that have no
 * words here are written as `[ name ]`, extensions of xtables as `xt match "name"`.
 */
export function formatRuleset(ruleset: Pick<Ruleset, 'tables'>, options: FormatOptions = {}): string {
  return ruleset.tables.map((table) => formatTable(table, options)).join('')
}

function formatTable(table: NftTableListing, options: FormatOptions): string {
  const head = [
    ...(table.comment ? [`\tcomment ${quoted(table.comment)}\n`] : []),
    ...(table.flags?.includes('dormant') ? ['\tflags dormant\n'] : []),
  ]
  const sets = table.sets.filter((set) => !set.flags?.includes('anonymous')).map(formatSet)
  const chains = table.chains.map((chain) => formatChain(chain, table, options))
  return `table ${table.family} ${table.name} {\n${head.join('')}${[...sets, ...chains].join('\n')}}\n`
}

function formatChain(chain: ListedChain, table: NftTableListing, options: FormatOptions): string {
  const lines = [
    ...(chain.comment ? [`comment ${quoted(chain.comment)}`] : []),
    ...(chain.hook ? [formatHook(chain)] : []),
    ...chain.rules.map((rule) => formatRule(rule, table, options)),
  ]
  return `\tchain ${chain.name} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`
}

function formatHook({ family, type, hook, policy }: ListedChain): string {
  const name = hookName(family, hook?.hooknum ?? 0)
  const devices = hook?.devs ?? (hook?.dev === undefined ? [] : [hook.dev])
  const device =
    devices.length > 1
      ? ` devices = { ${devices.map(quoted).join(', ')} }`
      : devices.map((one) => ` device ${quoted(one)}`).join('')
  const priority = priorityName(family, name, hook?.priority ?? 0)
  return `type ${type} hook ${name}${device} priority ${priority};${policy === undefined ? '' : ` policy ${policy};`}`
}

function formatSet(set: ListedSet): string {
  const flags = set.flags ?? []
  const isMap = flags.includes('map')
  const types = keyTypes(set)
  const words = [
    'constant',
    'interval',
    ...(set.timeout === undefined ? (['timeout'] as const) : []),
  ] as const
  const shown = words.filter((flag) => flags.includes(flag))
  const dynamic = flags.includes('eval') ? ['dynamic'] : []
  const lines = [
    `type ${types.map(({ name }) => name).join(' . ')}${isMap ? ` : ${mapType(set)}` : ''}`,
    ...(set.desc?.size === undefined ? [] : [`size ${set.desc.size}`]),
    ...(shown.length + dynamic.length > 0 ? [`flags ${[...shown, ...dynamic].join(',')}`] : []),
    ...(set.timeout === undefined ? [] : [`timeout ${formatTime(set.timeout)}`]),
    ...elementLines(set, types[0]?.perLine ?? 1, types.length),
  ]
  return `\t${isMap ? 'map' : 'set'} ${set.name} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`
}

function elementLines(set: ListedSet, perLine: number, parts: number): string[] {
  const elements = formatElements(set)
  if (elements.length === 0) return []
  const width = parts > 1 ? 1 : perLine
  let text = ''
  for (const [i, element] of elements.entries()) {
    text += i === 0 ? element : `${i % width === 0 ? NEXT_LINE : ', '}${element}`
  }
  return [`elements = { ${text} }`]
}

function mapType(set: ListedSet): string {
  if (set.dataType === VERDICT_TYPE) return 'verdict'
  return keyTypes({ ...set, keyType: set.dataType, keyLen: set.dataLen } as ListedSet)
    .map(({ name }) => name)
    .join(' . ')
}
