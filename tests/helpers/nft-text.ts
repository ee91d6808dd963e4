/** The tables of a text: `inet t`. */
export const tablesOf = (text: string) => [
  ...new Set([...text.matchAll(/^(?:add )?table (\S+ \S+)/gm)].map(([, name]) => name as string)),
]

/** Whether a text says that something is not understood. */
export function isMarked(text: string): boolean {
  return /\[ |\bxt (match|target)\b/.test(text.replace(/"[^"\n]*"/g, '""'))
}

/**
 * The text without the rules that are marked, which are named by their chain and their index in it.
 */
export function withoutMarked(text: string): { text: string; dropped: ReadonlySet<string> } {
  const lines = numbered(text)
  const dropped = new Set(
    lines.flatMap(({ line, rule }) => (rule !== undefined && isMarked(line) ? rule : [])),
  )
  const kept = lines.filter(({ rule }) => rule === undefined || !dropped.has(rule))
  return { text: kept.map(({ line }) => line).join('\n'), dropped }
}

/** The lines of a listing; those of rules with `inet t c 0`: the chain, and the index in it. */
function numbered(text: string): { line: string; rule?: string }[] {
  let table = ''
  let chain: string | undefined
  let index = 0
  let depth = 0
  let rule = ''
  return text.split('\n').map((line) => {
    const isRule =
      chain !== undefined && depth === 0 && !/^\t\t(type \w+ hook|comment "|policy )|^\t}/.test(line)
    table = /^table (\S+ \S+)/.exec(line)?.[1] ?? table
    const opened = /^\tchain (\S+) {/.exec(line)?.[1]
    if (opened !== undefined) [chain, index] = [opened, 0]
    if (/^\t}/.test(line)) chain = undefined
    // nft(8) breaks the lines of the elements of a set within a rule.
    if (isRule) rule = `${table} ${chain} ${index++}`
    const one = isRule || depth > 0 ? { line, rule } : { line }
    if (isRule || depth > 0) {
      const bare = line.replace(/"[^"]*"/g, '')
      depth += bare.split('{').length - bare.split('}').length
    }
    return one
  })
}

/** What nft(8) lists and the library does not: a set, an object, a chain or a rule. */
export function firstMissing(ours: string, stock: string): string | undefined {
  const heads = (text: string) =>
    numbered(text).flatMap(({ line, rule }) => rule ?? (/^\t?[a-z][^=]* {$/.test(line) ? line.trim() : []))
  const listed = new Set(heads(ours))
  return heads(stock)
    .filter((head) => !listed.has(head))
    .map((head) => `missing: ${head}`)[0]
}

/**
 * Text to compare: the kernel lists the elements of some types of sets in the order of their hashes, and nft(8) writes
 * numbers of raw fields in another base.
 */
const comparable = (text: string) =>
  text
    .replace(/\b0x[0-9a-f]+\b/g, (hex) => String(BigInt(hex)))
    .replace(
      /\{ ([^{}]*)\}/g,
      (_, elements: string) => `{ ${elements.trim().split(/,\s+/).sort().join(', ')} }`,
    )

/** The lines that differ, with the rule that they are of. */
export function textDifferences(expected: string, actual: string): { rule: string; detail: string }[] {
  const [these, those] = [numbered(comparable(expected)), numbered(comparable(actual))]
  return Array.from({ length: Math.max(these.length, those.length) }, (_, i) => i).flatMap((i) => {
    const [was, read] = [these[i]?.line, those[i]?.line]
    if (was === read) return []
    return { rule: these[i]?.rule ?? '', detail: `was:  ${was?.trim()}\nread: ${read?.trim()}` }
  })
}

/** The text of each rule, by its chain and its index in it. */
export function rulesOf(text: string): Map<string, string> {
  const rules = new Map<string, string>()
  for (const { line, rule } of numbered(text)) {
    if (rule !== undefined) rules.set(rule, `${rules.get(rule) ?? ''}${line}\n`)
  }
  return rules
}
