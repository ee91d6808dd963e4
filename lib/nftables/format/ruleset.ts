import { hookName, priorityName } from '../hooks.js'
import type { NftTableListing, Ruleset } from '../listing.js'
import { formatTime } from '../units.js'
import { formatDeclaredElements, keyTypes, mappedText } from './elements.js'
import { formatObject } from './object.js'
import { formatRule } from './rule.js'
import type { FormatOptions } from './state.js'
import { formatStateless } from './stateful.js'
import { identifier, notExpressible, quoted } from './values.js'

type ListedChain = NftTableListing['chains'][number]
type ListedSet = NftTableListing['sets'][number]
type ListedFlowtable = NftTableListing['flowtables'][number]

/** Separates elements across lines; nft(8) aligns them with the first. */
const LINE_BREAK = ',\n\t\t\t     '

/**
 * Formats a listing in nft(8)'s syntax, as `nft list ruleset` writes it, so that nft(8) can read it again.
 *
 * ```ts
 * console.log(formatRuleset(await nft.ruleset()))
 * ```
 *
 * What this syntax cannot express, or this library does not know, is written as `[ name ]`, and xtables extensions as
 * `xt match "name"`: nft(8) refuses to read these. What has no such mark is exactly what the kernel has.
 */
export function formatRuleset(ruleset: Pick<Ruleset, 'tables'>, options: FormatOptions = {}): string {
  return ruleset.tables.map((table) => formatTable(table, options)).join('')
}

/** A part of a table: `chain c { … }`. */
function block(head: string, lines: readonly string[]): string {
  return `\t${head} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`
}

const commentLine = ({ userdata }: { readonly userdata?: { readonly comment?: string } }) =>
  userdata?.comment ? [`comment ${quoted(userdata.comment)}`] : []

/** What the kernel says that is not declared here. */
const unknownLine = ({ unknown }: { readonly unknown?: unknown }) =>
  unknown ? [notExpressible('unknown')] : []

function formatTable(table: NftTableListing, options: FormatOptions): string {
  const head = [
    ...commentLine(table),
    ...(table.flags?.length ? [`flags ${table.flags.map(tableFlag).join(',')}`] : []),
    ...unknownLine(table),
  ].map((line) => `\t${line}\n`)
  const blocks = [
    ...table.objects.map(({ name, ...object }) => {
      const { kind, lines } = formatObject(object)
      return block(`${kind} ${identifier(name)}`, [...commentLine(object), ...lines, ...unknownLine(object)])
    }),
    ...table.sets.filter((set) => !set.flags?.includes('anonymous')).map(formatSet),
    ...table.flowtables.map(formatFlowtable),
    ...table.chains
      .filter((chain) => !chain.flags?.includes('binding'))
      .map((chain) => formatChain(chain, table, options)),
  ]
  return `table ${table.family} ${identifier(table.name)} {\n${head.join('')}${blocks.join('\n')}}\n`
}

const tableFlag = (flag: unknown) =>
  typeof flag === 'string' ? flag : notExpressible(`flag ${String(flag)}`)

function formatChain(chain: ListedChain, table: NftTableListing, options: FormatOptions): string {
  const flags = chain.flags?.filter((flag) => flag !== 'base') ?? []
  return block(`chain ${identifier(chain.name)}`, [
    ...commentLine(chain),
    ...(chain.hook ? [formatHook(chain)] : []),
    ...flags.map((flag) => (flag === 'hwOffload' ? 'flags offload' : notExpressible(`flag ${flag}`))),
    ...unknownLine(chain),
    ...chain.rules.map((rule) => formatRule(rule, table, options)),
  ])
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

const FLOWTABLE_FLAGS: Readonly<Record<string, string>> = { hwOffload: 'flags offload', counter: 'counter' }

function formatFlowtable(flowtable: ListedFlowtable): string {
  const { name, hook, flags = [] } = flowtable
  const devices = hook?.devs ?? []
  const priority = priorityName('netdev', 'ingress', hook?.priority ?? 0)
  return block(`flowtable ${identifier(name)}`, [
    `hook ${hookName('netdev', hook?.num ?? 0)} priority ${priority}`,
    ...(devices.length > 0 ? [`devices = { ${devices.join(', ')} }`] : []),
    ...flags.map((flag) => FLOWTABLE_FLAGS[String(flag)] ?? notExpressible(`flag ${flag}`)),
    ...unknownLine(flowtable),
  ])
}

/** nft(8)'s names of the flags that it writes, in its order. */
const SET_FLAGS = { constant: 'constant', eval: 'dynamic', interval: 'interval', timeout: 'timeout' } as const

/** Flags that follow from what else is written. */
const IMPLIED_FLAGS: ReadonlySet<unknown> = new Set(['map', 'object', 'concat', 'expr'])

function formatSet(set: ListedSet): string {
  const { flags = [], userdata, policy, desc, timeout, gcInterval, expr, expressions } = set
  const types = keyTypes(set)
  const shownFlags = Object.entries(SET_FLAGS)
    .filter(([flag]) => flags.includes(flag as keyof typeof SET_FLAGS))
    .map(([, name]) => name as string)
  // A timeout implies its flag, which is written with others only.
  const isImplied = timeout !== undefined && shownFlags.join() === 'timeout'
  const unknownFlags = flags.filter((flag) => !Object.hasOwn(SET_FLAGS, flag) && !IMPLIED_FLAGS.has(flag))
  const stateful = expressions ?? (expr ? [expr] : [])
  return block(
    `${flags.includes('map') || flags.includes('object') ? 'map' : 'set'} ${identifier(set.name)}`,
    [
      `${types?.text ?? notExpressible(`type ${set.keyType}`)}${mappedText(set)}`,
      ...(policy === undefined || policy === 'performance' ? [] : [`policy ${policy}`]),
      ...(desc?.size === undefined || flags.includes('constant') ? [] : [`size ${desc.size}`]),
      ...(shownFlags.length > 0 && !isImplied ? [`flags ${shownFlags.join(',')}`] : []),
      ...unknownFlags.map((flag) => notExpressible(`flag ${flag}`)),
      ...(stateful.length > 0 ? [stateful.map(formatStateless).join(' ')] : []),
      ...(userdata?.mergeElements ? ['auto-merge'] : []),
      ...(timeout === undefined ? [] : [`timeout ${formatTime(timeout)}`]),
      ...(gcInterval ? [`gc-interval ${formatTime(BigInt(gcInterval))}`] : []),
      ...commentLine(set),
      ...unknownLine(set),
      ...elementLines(
        formatDeclaredElements(set),
        types?.types.length === 1 ? (types.types[0]?.perLine ?? 1) : 1,
      ),
    ],
  )
}

function elementLines(elements: readonly string[], perLine: number): string[] {
  if (elements.length === 0) return []
  let text = ''
  for (const [i, element] of elements.entries()) {
    text += i === 0 ? element : `${i % perLine === 0 ? LINE_BREAK : ', '}${element}`
  }
  return [`elements = { ${text} }`]
}
