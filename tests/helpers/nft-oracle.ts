import { spawnSync } from 'node:child_process'
import { formatRuleset, Netns, Nftables, type NftTableListing } from '../../lib/index.js'
import { type Bytecode, bytecodeOf, codeDifferences, type RuleCode } from './nft-bytecode.js'
import { firstMissing, isMarked, rulesOf, tablesOf, textDifferences, withoutMarked } from './nft-text.js'
import { stockEnv } from './stock-env.js'

/*
 * The oracle of listings of nftables: what nft(8) loaded, listed by the library, and read by nft(8) again in another
 * namespace, must be the same for the kernel, or say where it is not understood. nft(8)'s own listing may lose something
 * as well, so the expressions that the kernel has are compared, as `nft --debug=netlink` prints them.
 */

export type Outcome =
  /** nft(8) or the kernel refuses the input. */
  | 'refused'
  /** Ours is the text that nft(8) lists. */
  | 'same'
  /** Rules are written as nft(8) lists them, but read as something else. */
  | 'lossy'
  /** Another text, which is read as the same rules. */
  | 'meaning'
  /** Some part is marked as not understood, all else is the same. */
  | 'marked'
  /** Read as something else, or something is missing. */
  | 'WRONG'
  /** nft(8) refuses to read it. */
  | 'unreadable'
  /** The library fails to list it. */
  | 'threw'

/** The outcomes that are errors of the library. */
export const FAILURES: readonly Outcome[] = ['WRONG', 'unreadable', 'threw']

export interface Comparison {
  readonly input: string
  readonly outcome: Outcome
  /** What nft(8) lists. */
  readonly stock: string
  /** What the library lists. */
  readonly ours: string
  /** What differs, or the error. */
  readonly detail: string
}

export async function compareListing(input: string): Promise<Comparison> {
  const [comparison] = await compareListings([input])
  return comparison as Comparison
}

/**
 * Compares several rulesets, which must not have tables of the same name, loaded together: a process takes longer to
 * start than to load many rules.
 */
export async function compareListings(inputs: readonly string[]): Promise<Comparison[]> {
  const results = new Map<string, Comparison>()
  using netns = Netns.create()
  const { accepted } = load(netns, inputs, (input, detail) => {
    results.set(input, { input, outcome: 'refused', stock: '', ours: '', detail })
  })
  const compared = await compareLoaded(
    netns,
    accepted.map((input) => ({ input, tables: tablesOf(input) })),
  )
  for (const one of compared) results.set(one.input, one)
  return inputs.map((input) => results.get(input) as Comparison)
}

/** Some tables of a ruleset that is loaded, by any program. */
export interface Part {
  /** Where they come from, for reports. */
  readonly input: string
  /** `inet filter` */
  readonly tables: readonly string[]
}

/** What is to be read again. */
interface Again extends Part {
  readonly stock: string
  readonly ours: string
  /** The rules that are marked. */
  readonly dropped: ReadonlySet<string>
}

/** Compares the tables that a namespace has; by default all of them together. */
export async function compareLoaded(netns: Netns, parts?: readonly Part[]): Promise<Comparison[]> {
  const listed = split(nft(netns, LIST).stdout)
  const code = bytecodeOf(listed.bytecode)
  const { texts: ours, error } = await ourTables(netns)
  const results: Comparison[] = []
  /** What is to be read again, by its text without the marked rules. */
  const again = new Map<string, Again>()
  for (const part of parts ?? [{ input: '', tables: [...listed.tables.keys()] }]) {
    const { input, tables } = part
    const text = joined(tables, ours)
    const one = { input, stock: joined(tables, listed.tables), ours: timeless(text) }
    const failed = error ?? tables.map((table) => ours.get(table)).find((text) => text instanceof Error)
    const missing = firstMissing(one.ours, one.stock)
    const unmarked = withoutMarked(text)
    if (failed instanceof Error) {
      results.push({ ...one, outcome: 'threw', detail: String(failed.stack ?? failed) })
    } else if (missing !== undefined) {
      results.push({ ...one, outcome: 'WRONG', detail: missing })
    } else if (isMarked(unmarked.text)) {
      results.push({ ...one, outcome: 'marked', detail: '' })
    } else {
      again.set(unmarked.text, { ...part, ...one, dropped: unmarked.dropped })
    }
  }
  using copy = Netns.create()
  const read = load(copy, [...again.keys()], (text, detail) => {
    const { input, stock, ours } = again.get(text) as Again
    results.push({ input, stock, ours, outcome: ours === stock ? 'lossy' : 'unreadable', detail })
  })
  const reread = split(read.listed)
  const copied = bytecodeOf(reread.bytecode)
  const singles = new Set(
    [...code.values()]
      .flat()
      .flatMap((one) => (one.hasSingle ? `${one.table} ${one.chain} ${one.index}` : [])),
  )
  for (const text of read.accepted) {
    const { input, stock, ours, tables, dropped } = again.get(text) as Again
    const inCode = codeDifferences(without(code, tables, dropped), without(copied, tables, new Set()))
    const changed = new Set(inCode.map(({ rule }) => rule))
    const inText = dropped.size > 0 ? [] : textDifferences(stock, joined(tables, reread.tables))
    const differences = [
      // Rules that are the same to the kernel: a raw field may be read as a field with a name.
      ...inText.filter(({ rule }) => rule === '' || changed.has(rule)),
      ...inCode,
    ].filter(({ rule }) => !singles.has(rule))
    const [theirs, own] = [rulesOf(stock), rulesOf(ours)]
    const wrong = differences.find(({ rule }) => !theirs.has(rule) || theirs.get(rule) !== own.get(rule))
    const right = dropped.size > 0 ? 'marked' : ours === stock ? 'same' : 'meaning'
    const isLossy = differences.length > 0 && (wrong === undefined || ours === stock)
    const outcome = isLossy ? 'lossy' : wrong === undefined ? right : 'WRONG'
    results.push({ input, stock, ours, outcome, detail: (wrong ?? differences[0])?.detail ?? '' })
  }
  return results
}

const LIST = ['--debug=netlink', 'list', 'ruleset']

/** Runs nft(8) in a namespace. */
export function nft(netns: Netns, args: readonly string[], input = '') {
  return netns.run(() =>
    spawnSync('nft', args, { encoding: 'utf8', input, env: stockEnv, maxBuffer: 1 << 28 }),
  )
}

/** What nft(8) and the kernel take of some rulesets, loaded in a namespace, and what nft(8) lists of it. */
interface Loaded {
  readonly accepted: readonly string[]
  readonly listed: string
}

/** Loads all that is taken, and calls `refuse` for the others. Some versions of nft(8) fail to list what they loaded. */
export function load(
  netns: Netns,
  inputs: readonly string[],
  refuse: (input: string, error: string) => void,
): Loaded {
  const read = nft(netns, ['-f', '-'], ['flush ruleset', ...inputs].join('\n'))
  const run = read.status === 0 ? nft(netns, LIST) : read
  if (run.status === 0 && run.stderr === '') return { accepted: inputs, listed: run.stdout }
  const [first] = inputs
  if (inputs.length < 2 || first === undefined) {
    if (first !== undefined) refuse(first, run.stderr)
    nft(netns, ['flush', 'ruleset'])
    return { accepted: [], listed: '' }
  }
  const suspects = named(inputs, run.stderr)
  // Errors that follow from another one may name what is correct, and some name no line.
  const halves =
    suspects.size > 0
      ? [...suspects].map((one) => [one])
      : [inputs.slice(0, inputs.length / 2), inputs.slice(inputs.length / 2)]
  const correct = new Set(halves.flatMap((half) => load(netns, half, refuse).accepted))
  if (correct.size === inputs.length) throw new Error(`refused only together: ${run.stderr}`)
  const checked = new Set(halves.flat())
  return load(
    netns,
    inputs.filter((one) => !checked.has(one) || correct.has(one)),
    refuse,
  )
}

/** The inputs that the lines of errors are of. After an error of syntax, later ones are of correct lines. */
function named(inputs: readonly string[], stderr: string): Set<string> {
  const found = new Set<string>()
  const starts: number[] = []
  let line = 2
  for (const input of inputs) {
    starts.push(line)
    line += input.split('\n').length
  }
  const errors = [...stderr.matchAll(/^[^\s:]+:(\d+):\d+-\d+: Error: (.*)$/gm)]
  for (const [, at, message] of errors) {
    const index = starts.findLastIndex((start) => start <= Number(at))
    const input = inputs[index]
    if (Number(at) > 0 && input !== undefined) found.add(input)
    if (message?.startsWith('syntax error')) break
  }
  return found
}

/** Splits the output of `nft --debug=netlink list ruleset`: the expressions come first. */
function split(output: string) {
  const start = output.search(/^table /m)
  const [bytecode, text] = start < 0 ? [output, ''] : [output.slice(0, start), output.slice(start)]
  return { bytecode, tables: new Map(splitTables(text)) }
}

function splitTables(text: string): [name: string, text: string][] {
  return text
    .split(/^(?=table )/m)
    .filter((table) => table !== '')
    .map((table) => [tablesOf(table)[0] ?? '', timeless(table)])
}

/** The times until elements expire change while they are listed. */
const timeless = (text: string) => text.replace(/ expires [0-9dhms]+/g, ' expires 1s')

const joined = (tables: readonly string[], texts: ReadonlyMap<string, string | Error>) =>
  tables.map((table) => texts.get(table) ?? '').join('')

/** The tables as the library lists them, or the error of one. */
async function ourTables(
  netns: Netns,
): Promise<{ texts: Map<string, string | Error>; error?: Error | undefined }> {
  const linkName = (index: number) => (index === 1 ? 'lo' : undefined)
  try {
    await using firewall = await Nftables.open({ netns })
    const { tables } = await firewall.ruleset()
    const text = (table: NftTableListing) => {
      try {
        return formatRuleset({ tables: [table] }, { linkName })
      } catch (error) {
        return error as Error
      }
    }
    return { texts: new Map(tables.map((table) => [`${table.family} ${table.name}`, text(table)])) }
  } catch (error) {
    return { texts: new Map(), error: error as Error }
  }
}

/** The rules of some tables without some of them. */
function without(code: Bytecode, tables: readonly string[], dropped: ReadonlySet<string>): RuleCode[] {
  return tables.flatMap((table) =>
    (code.get(table) ?? []).filter(({ chain, index }) => !dropped.has(`${table} ${chain} ${index}`)),
  )
}

/** A comparison as text: the input, and the lines in which the listings differ. */
export function reportOf({ input, outcome, stock, ours, detail }: Comparison): string {
  const [theirs, own] = [stock.split('\n'), ours.split('\n')]
  return [
    `${outcome}:`,
    input.trimEnd(),
    ...theirs.filter((line) => !own.includes(line)).map((line) => `- ${line.trim()}`),
    ...own.filter((line) => !theirs.includes(line)).map((line) => `+ ${line.trim()}`),
    detail.trimEnd(),
  ].join('\n')
}
