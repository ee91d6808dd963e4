import type { ObjectName, WatchEvent } from '../../lib/index.js'
import * as objects from '../../lib/rtnetlink/objects.js'

type AnyValue = Record<string, unknown>

const definitions = Object.values(objects)

function volatileOf(object: string, value: AnyValue): readonly string[] {
  const { volatile = [] } = definitions.find(({ name }) => name === object)?.description.watch ?? {}
  return typeof volatile === 'function' ? volatile(value as never) : volatile
}

/** An object as text, without the members that change without notifications; equal objects have equal texts. */
export function asText(object: string, value: object): string {
  const copy = structuredClone(value) as AnyValue
  for (const path of volatileOf(object, copy)) {
    const members = path.split('.')
    const last = members.pop() as string
    let inner: AnyValue | undefined = copy
    for (const member of members) inner = inner?.[member] as AnyValue | undefined
    if (inner) delete inner[last]
  }
  return canonical(copy)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) => {
    if (typeof inner === 'bigint') return `${inner}n`
    if (inner === Number.POSITIVE_INFINITY) return 'Infinity'
    if (inner instanceof Uint8Array) return Buffer.from(inner).toString('hex')
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** What the events of a watch add up to. */
export class Fold {
  readonly #objects = new Set<string>()
  /** Events that do not fit what was told before. */
  readonly faults: string[] = []
  synced = 0

  apply(event: WatchEvent<ObjectName>): void {
    if (event.type === 'synced') this.synced++
    if (event.type === 'synced' || event.type === 'overrun') return
    const text = (value: object) => `${event.nsid ?? 'own'} ${event.object} ${asText(event.object, value)}`
    if (event.type === 'changed') this.#remove(text(event.previous))
    if (event.type === 'removed') this.#remove(text(event.value))
    else this.#add(text(event.value))
  }

  /** The objects as text, sorted. */
  get all(): string[] {
    return [...this.#objects].sort()
  }

  #add(text: string): void {
    if (this.#objects.has(text)) this.faults.push(`added twice: ${text}`)
    this.#objects.add(text)
  }

  #remove(text: string): void {
    if (!this.#objects.delete(text)) this.faults.push(`was never told: ${text}`)
  }
}

/** What only one of the two has; of links that both have, the members that differ. */
export function differing(told: readonly string[], listed: readonly string[]): string[] {
  const those = new Set(told)
  const these = new Set(listed)
  const onlyTold = told.filter((line) => !these.has(line))
  const onlyListed = listed.filter((line) => !those.has(line))
  const pairs = new Map(onlyListed.flatMap((line) => linkOf(line)))
  const inBoth = new Set<string>()
  const lines = onlyTold.map((line) => {
    const [index = ''] = linkOf(line)[0] ?? []
    const other = pairs.get(index)
    if (other === undefined) return `told only:   ${line}`
    inBoth.add(other)
    return `differs:     ${index} ${membersThatDiffer(line, other)}`
  })
  return [...lines, ...onlyListed.filter((line) => !inBoth.has(line)).map((line) => `listed only: ${line}`)]
}

function linkOf(line: string): [string, string][] {
  const [nsid, object, ...rest] = line.split(' ')
  if (object !== 'link') return []
  return [[`${nsid} link ${JSON.parse(rest.join(' ')).index}`, line]]
}

function membersThatDiffer(told: string, listed: string): string {
  const [a, b] = [told, listed].map((line) => JSON.parse(line.slice(line.indexOf('{'))) as AnyValue)
  const keys = new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])
  return [...keys]
    .filter((key) => JSON.stringify(a?.[key]) !== JSON.stringify(b?.[key]))
    .map((key) => `${key}: told ${JSON.stringify(a?.[key])}, listed ${JSON.stringify(b?.[key])}`)
    .join('; ')
}
