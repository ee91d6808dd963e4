import { NFT_DATA_VERDICT } from '../../../protocol/index.js'
import type { Datatype } from '../datatype.js'
import { hookName, priorityName } from '../hooks.js'
import type { NftTableListing, Ruleset } from '../listing.js'
import { formatTime } from '../units.js'
import { dataTypes, formatElements, keyTypes } from './elements.js'
import { formatRule } from './rule.js'
import type { FormatOptions } from './state.js'
import { quoted } from './values.js'

type ListedChain = NftTableListing['chains'][number]
type ListedSet = NftTableListing['sets'][number]

/** Separates elements across lines; nft(8) aligns them with the first. */
const LINE_BREAK = ',\n\t\t\t     '

/**
 * Formats a listing in nft(8)'s syntax, as `nft list ruleset` writes it, so that nft(8) can read it again.
 *
 * ```ts
 * console.log(formatRuleset(await nft.ruleset()))
 * ```
 *
 * Expressions that this syntax cannot express are written as `[ name ]`, xtables extensions as `xt match "name"`.
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

/** nft(8)'s names of the flags that it writes, in its order. */
const SET_FLAGS = { constant: 'constant', interval: 'interval', timeout: 'timeout', eval: 'dynamic' } as const

function formatSet(set: ListedSet): string {
  const flags = set.flags ?? []
  const isMap = flags.includes('map')
  const types = keyTypes(set)
  const shownFlags = Object.entries(SET_FLAGS)
    .filter(([flag]) => flags.includes(flag as keyof typeof SET_FLAGS))
    // The timeout itself implies the flag.
    .filter(([flag]) => flag !== 'timeout' || set.timeout === undefined)
    .map(([, name]) => name)
  const lines = [
    `type ${typeText(types)}${isMap ? ` : ${mapType(set)}` : ''}`,
    ...(set.desc?.size === undefined ? [] : [`size ${set.desc.size}`]),
    ...(shownFlags.length > 0 ? [`flags ${shownFlags.join(',')}`] : []),
    ...(set.timeout === undefined ? [] : [`timeout ${formatTime(set.timeout)}`]),
    ...elementLines(set, types.length > 1 ? 1 : (types[0]?.perLine ?? 1)),
  ]
  return `\t${isMap ? 'map' : 'set'} ${set.name} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`
}

function elementLines(set: ListedSet, perLine: number): string[] {
  const elements = formatElements(set)
  if (elements.length === 0) return []
  let text = ''
  for (const [i, element] of elements.entries()) {
    text += i === 0 ? element : `${i % perLine === 0 ? LINE_BREAK : ', '}${element}`
  }
  return [`elements = { ${text} }`]
}

function mapType(set: ListedSet): string {
  if (set.dataType === NFT_DATA_VERDICT) return 'verdict'
  return typeText(dataTypes(set))
}

const typeText = (types: readonly Datatype[]) => types.map(({ name }) => name).join(' . ')
