/** A rule, or the elements of a set, as the kernel has them. */
export interface RuleCode {
  /** `inet t` */
  readonly table: string
  /** The chain, or `@` and the set. */
  readonly chain: string
  /** The index of the rule in the chain. */
  readonly index: number
  /** Whether it has an anonymous set of a single value or interval, which nft(8) reads as a comparison. */
  readonly hasSingle: boolean
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
    if (!isAnonymous(name))
      add(table, { table, chain: `@${name}`, index: 0, hasSingle: false, lines: elements })
  }
  const indexes = new Map<string, number>()
  for (const { table, chain, lines } of rules) {
    const index = indexes.get(`${table} ${chain}`) ?? 0
    indexes.set(`${table} ${chain}`, index + 1)
    add(table, {
      table,
      chain,
      index,
      hasSingle: lines.some((line) => isSingle(sets.get(`${table} ${/__set\d+/.exec(line)?.[0]}`))),
      lines: withoutIdentity(lines).map((line) =>
        line.replace(/__(set|map|objmap)\d+/g, (name) => `{ ${sets.get(`${table} ${name}`)?.join('; ')} }`),
      ),
    })
  }
  for (const list of code.values()) list.sort((a, b) => compare(a.chain, b.chain) || a.index - b.index)
  return code
}

/** Both ends of an interval are elements; before the first and after the last there may be one more. */
const isSingle = (elements: readonly string[] | undefined) =>
  elements !== undefined && elements.filter((element) => !element.includes(' 1 [end]')).length < 2

const isAnonymous = (name: string) => /^__(set|map|objmap)\d+$/.test(name)

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Without masks that keep all bits of what is loaded: nft(8) reads them as nothing. */
function withoutIdentity(lines: readonly string[]): readonly string[] {
  return lines.filter((line, i) => {
    const [, mask, xor] = /^\[ bitwise reg \d+ = \( reg \d+ & ([^)]*)\) \^ (.*) \]$/.exec(line) ?? []
    if (mask === undefined || xor === undefined || /[1-9a-f]/.test(xor.replaceAll('0x', ''))) return true
    const bytes = /(\d)b @/.exec(lines[i - 1] ?? '')?.[1] ?? (lines[i - 1]?.includes(' zone ') ? 2 : 4)
    const full = 'f'.repeat(2 * Math.min(Number(bytes), 4)).padStart(8, '0')
    return mask
      .trim()
      .split(' ')
      .some((word) => word !== `0x${full}`)
  })
}

/** A rule or a set as text: indexes are not compared. */
const text = (one: RuleCode | undefined) => one && `${one.chain}: ${one.lines.join('\n      ')}`

/** The rules and sets that differ, in order. */
export function codeDifferences(
  expected: readonly RuleCode[],
  actual: readonly RuleCode[],
): { rule: string; detail: string }[] {
  return Array.from({ length: Math.max(expected.length, actual.length) }, (_, i) => i).flatMap((i) => {
    const one = expected[i]
    const [was, read] = [text(one), text(actual[i])]
    if (was === read) return []
    return {
      rule: one ? `${one.table} ${one.chain} ${one.index}` : '',
      detail: `was:  ${was}\nread: ${read}`,
    }
  })
}
