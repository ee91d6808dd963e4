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
      lines: mergedPayloads(unshifted(withoutIdentity(lines))).map((line) =>
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

/** Chains within rules have numbers for names. */
const compare = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })

/** Without masks that keep all bits of what is loaded: nft(8) reads them as nothing. */
function withoutIdentity(lines: readonly string[]): readonly string[] {
  return lines.filter((line, i) => {
    const [, mask, xor] = /^\[ bitwise reg \d+ = \( reg \d+ & ([^)]*)\) \^ (.*) \]$/.exec(line) ?? []
    if (mask === undefined || xor === undefined || /[1-9a-f]/.test(xor.replaceAll('0x', ''))) return true
    const loaded = /(\d+)b @/.exec(lines[i - 1] ?? '')?.[1] ?? (lines[i - 1]?.includes(' zone ') ? 2 : 16)
    return bytesOf(mask, Number(loaded)).some((byte) => byte !== 'ff')
  })
}

/** Comparisons of a byte that is shifted as those of one that is not: nft(8) reads fields of less than a byte so. */
function unshifted(lines: readonly string[]): string[] {
  const out: string[] = []
  for (let i = 0; i < lines.length; i++) {
    const [, shift] = /^\[ bitwise reg 1 = \( reg 1 >> (\S+) \) \]$/.exec(lines[i] as string) ?? []
    const [, operator, value] = /^\[ cmp (eq|neq) reg 1 (0x000000\w\w) \]$/.exec(lines[i + 1] ?? '') ?? []
    if (shift === undefined || value === undefined || !/& 0x000000\w\w \)/.test(lines[i - 1] ?? '')) {
      out.push(lines[i] as string)
      continue
    }
    const whole = (Number(value) << Number(shift)).toString(16).padStart(8, '0')
    out.push(`[ cmp ${operator} reg 1 0x${whole} ]`)
    i++
  }
  return out
}

/** The first bytes of register words, as `nft --debug=netlink` prints them: each is a number of 4 bytes in host order. */
function bytesOf(words: string, length: number): string[] {
  return words
    .trim()
    .split(' ')
    .flatMap((word) => (word.slice(2).match(/../g) ?? []).reverse())
    .slice(0, length)
}

/**
 * Comparisons of adjacent bytes of the packet as one, each with the bytes: nft(8) merges loads, and loads fewer bytes
 * where a mask leaves whole bytes out.
 */
function mergedPayloads(lines: readonly string[]): string[] {
  const out: string[] = []
  let end: string | undefined
  for (let i = 0; i < lines.length; i++) {
    const load = /^\[ payload load (\d+)b @ (\w+) header \+ (\d+) => reg 1 \]$/.exec(lines[i] as string)
    const [, mask] =
      /^\[ bitwise reg 1 = \( reg 1 & ([0-9a-fx ]+) \) \^ [0x ]+ \]$/.exec(lines[i + 1] ?? '') ?? []
    const [, operator, value] =
      /^\[ cmp (eq|neq) reg 1 ([0-9a-fx ]+) \]$/.exec(lines[mask === undefined ? i + 1 : i + 2] ?? '') ?? []
    const kept = mask === undefined ? Number(load?.[1]) : wholeBytes(bytesOf(mask, Number(load?.[1])))
    if (!load || value === undefined || kept === undefined) {
      out.push(lines[i] as string)
      end = undefined
      continue
    }
    const [, , base, offset] = load
    const bytes = bytesOf(value, kept).join('')
    if (operator === 'eq' && end === `${base} ${offset}`) out[out.length - 1] += bytes
    else out.push(`${base} header + ${offset} ${operator} ${bytes}`)
    end = operator === 'eq' ? `${base} ${Number(offset) + kept}` : undefined
    i += mask === undefined ? 1 : 2
  }
  return out
}

/** The number of bytes that a mask keeps, if these are whole and the first ones. */
function wholeBytes(mask: readonly string[]): number | undefined {
  const kept = mask.findIndex((byte) => byte !== 'ff')
  if (kept < 0) return mask.length
  return kept > 0 && mask.slice(kept).every((byte) => byte === '00') ? kept : undefined
}

/** A rule or a set as text: indexes are not compared. */
const text = (one: RuleCode | undefined) =>
  one && `${one.chain}: ${one.lines.join('\n      ')}`.replace(/__chain\d+/g, '__chain')

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
