/** A rule, or the elements of a set, as the kernel has them. */
export interface RuleCode {
  /** The chain, or `@` and the set. */
  readonly chain: string
  /** The index of the rule in the chain. */
  readonly index: number
  /** The expressions; of an anonymous set, its elements instead of its name. */
  readonly lines: readonly string[]
}

/** By table: `inet t`. */
export type Bytecode = ReadonlyMap<string, readonly RuleCode[]>

/** Reads what `nft --debug=netlink list ruleset` prints before the listing. */
export function bytecodeOf(text: string): Bytecode {
  const sets = new Map<string, string[]>()
  const rules: { table: string; chain: string; lines: string[] }[] = []
  let lines: string[] = []
  for (const line of text.split('\n')) {
    const [, table, name, rest] = /^(\w+ \S+) (\S+)( \d+)*$/.exec(line) ?? []
    if (table !== undefined && name !== undefined && !line.startsWith(' ')) {
      lines = []
      if (name.startsWith('@') && rest === undefined) sets.set(`${table} ${name.slice(1)}`, lines)
      else rules.push({ table, chain: name, lines })
    } else if (line.trim() !== '') lines.push(line.trim().replace(/ expires \d+ms/, ''))
  }
  for (const elements of sets.values()) elements.sort()
  const code = new Map<string, RuleCode[]>()
  const add = (table: string, one: RuleCode) => {
    const list = code.get(table)
    if (list === undefined) code.set(table, [one])
    else list.push(one)
  }
  for (const [key, elements] of sets) {
    const [table, name] = [key.slice(0, key.lastIndexOf(' ')), key.slice(key.lastIndexOf(' ') + 1)]
    if (!isAnonymous(name)) add(table, { chain: `@${name}`, index: 0, lines: elements })
  }
  const indexes = new Map<string, number>()
  for (const { table, chain, lines } of rules) {
    const index = indexes.get(`${table} ${chain}`) ?? 0
    indexes.set(`${table} ${chain}`, index + 1)
    add(table, {
      chain,
      index,
      lines: lines.map((line) =>
        line.replace(/__(set|map)\d+/g, (name) => `{ ${sets.get(`${table} ${name}`)?.join('; ')} }`),
      ),
    })
  }
  for (const list of code.values()) list.sort((a, b) => compare(a.chain, b.chain) || a.index - b.index)
  return code
}

const isAnonymous = (name: string) => /^__(set|map)\d+$/.test(name)

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** The first rule or set that differs, as text. Indexes are not compared. */
export function firstDifference(
  expected: readonly RuleCode[],
  actual: readonly RuleCode[],
): string | undefined {
  const text = (one: RuleCode | undefined) => one && `${one.chain}: ${one.lines.join('\n      ')}`
  const length = Math.max(expected.length, actual.length)
  for (let i = 0; i < length; i++) {
    const [was, read] = [text(expected[i]), text(actual[i])]
    if (was !== read) return `was:  ${was}\nread: ${read}`
  }
  return undefined
}
