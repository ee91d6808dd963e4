import { spawnSync } from 'node:child_process'
import { formatRuleset, Netns, Nftables, type NftTableListing } from '../../lib/index.js'
import { type Bytecode, bytecodeOf, firstDifference, type RuleCode } from './nft-bytecode.js'
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
  /** Ours is the text that nft(8) lists, but that is read as something else. */
  | 'same, lossy'
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
  using original = Netns.create()
  const loaded = load(original, inputs, (input, detail) => {
    results.set(input, { input, outcome: 'refused', stock: '', ours: '', detail })
  })
  const stock = split(loaded.listed)
  const theirs = bytecodeOf(stock.bytecode)
  const { texts: ours, error } = await ourTables(original)
  /** What is to be read again, by its text without the marked rules. */
  const again = new Map<
    string,
    { input: string; stock: string; ours: string; dropped: ReadonlySet<string> }
  >()
  for (const input of loaded.accepted) {
    const tables = tablesOf(input)
    const [stockText, ourText] = [joined(tables, stock.tables), joined(tables, ours)]
    const one = { input, stock: stockText, ours: ourText }
    const failed = error ?? tables.map((table) => ours.get(table)).find((text) => text instanceof Error)
    if (failed instanceof Error) {
      results.set(input, { ...one, outcome: 'threw', detail: String(failed.stack ?? failed) })
      continue
    }
    const missing = firstMissing(ourText, stockText)
    if (missing !== undefined) {
      results.set(input, { ...one, outcome: 'WRONG', detail: missing })
      continue
    }
    const { text, dropped } = withoutMarked(ourText)
    if (isMarked(text)) {
      results.set(input, { ...one, outcome: 'marked', detail: '' })
      continue
    }
    again.set(text, { ...one, dropped })
  }
  using copy = Netns.create()
  const read = load(copy, [...again.keys()], (text, detail) => {
    const one = again.get(text) as { input: string; stock: string; ours: string }
    const outcome = one.ours === one.stock ? 'same, lossy' : 'unreadable'
    results.set(one.input, { ...one, outcome, detail })
  })
  const reread = split(read.listed)
  const copied = bytecodeOf(reread.bytecode)
  for (const text of read.accepted) {
    const one = again.get(text)
    if (one === undefined) continue
    const { dropped, ...rest } = one
    const tables = tablesOf(one.input)
    const detail =
      (dropped.size > 0
        ? undefined
        : difference(joined(tables, stock.tables), joined(tables, reread.tables))) ??
      firstDifference(without(theirs, tables, dropped), without(copied, tables, new Set()))
    const isSame = one.ours === one.stock
    const outcome =
      detail === undefined
        ? dropped.size > 0
          ? 'marked'
          : isSame
            ? 'same'
            : 'meaning'
        : isSame
          ? 'same, lossy'
          : 'WRONG'
    results.set(one.input, { ...rest, outcome, detail: detail ?? '' })
  }
  return inputs.map((input) => results.get(input) as Comparison)
}

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
  const run = read.status === 0 ? nft(netns, ['--debug=netlink', 'list', 'ruleset']) : read
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

/** The tables of a text: `inet t`. */
const tablesOf = (text: string) => [
  ...new Set([...text.matchAll(/^(?:add )?table (\S+ \S+)/gm)].map(([, name]) => name as string)),
]

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
        return timeless(formatRuleset({ tables: [table] }, { linkName }))
      } catch (error) {
        return error as Error
      }
    }
    return { texts: new Map(tables.map((table) => [`${table.family} ${table.name}`, text(table)])) }
  } catch (error) {
    return { texts: new Map(), error: error as Error }
  }
}

/** Whether a text says that something is not understood. */
export function isMarked(text: string): boolean {
  return /\[ |\bxt (match|target)\b/.test(text.replace(/"[^"\n]*"/g, '""'))
}

/**
 * The text without the rules that are marked, which are named by their chain and their index in it.
 */
function withoutMarked(text: string): { text: string; dropped: ReadonlySet<string> } {
  const dropped = new Set<string>()
  const lines: string[] = []
  for (const { line, rule } of numbered(text)) {
    if (rule !== undefined && isMarked(line)) dropped.add(rule)
    else lines.push(line)
  }
  return { text: lines.join('\n'), dropped }
}

/** The lines of a listing; those of rules with `inet t c 0`: the chain, and the index in it. */
function numbered(text: string): { line: string; rule?: string }[] {
  let table = ''
  let chain: string | undefined
  let index = 0
  let depth = 0
  return text.split('\n').map((line) => {
    const isRule =
      chain !== undefined && depth === 0 && !/^\t\t(type \w+ hook|comment "|policy )|^\t}/.test(line)
    table = /^table (\S+ \S+)/.exec(line)?.[1] ?? table
    const opened = /^\tchain (\S+) {/.exec(line)?.[1]
    if (opened !== undefined) [chain, index] = [opened, 0]
    if (/^\t}/.test(line)) chain = undefined
    const one = isRule ? { line, rule: `${table} ${chain} ${index++}` } : { line }
    // nft(8) breaks the lines of the elements of a set within a rule.
    if (isRule || depth > 0) {
      const bare = line.replace(/"[^"]*"/g, '')
      depth += bare.split('{').length - bare.split('}').length
    }
    return one
  })
}

/** What nft(8) lists and the library does not: a set, an object, a chain or a rule. */
function firstMissing(ours: string, stock: string): string | undefined {
  const heads = (text: string) =>
    numbered(text).flatMap(({ line, rule }) => rule ?? (/^\t?[a-z][^=]* {$/.test(line) ? line.trim() : []))
  const listed = new Set(heads(ours))
  return heads(stock)
    .filter((head) => !listed.has(head))
    .map((head) => `missing: ${head}`)[0]
}

function difference(expected: string, actual: string): string | undefined {
  const [these, those] = [expected.split('\n'), actual.split('\n')]
  const at = these.findIndex((line, i) => line !== those[i])
  if (at < 0 && these.length === those.length) return undefined
  const index = at < 0 ? these.length : at
  return `was:  ${these[index]?.trim()}\nread: ${those[index]?.trim()}`
}

/** The rules of some tables without some of them. */
function without(code: Bytecode, tables: readonly string[], dropped: ReadonlySet<string>): RuleCode[] {
  return tables.flatMap((table) =>
    (code.get(table) ?? []).filter(({ chain, index }) => !dropped.has(`${table} ${chain} ${index}`)),
  )
}
