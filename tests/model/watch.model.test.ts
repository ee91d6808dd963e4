/**
 * Whenever the kernel has been quiet for a moment, what the events of a watch add up to is what the listings give:
 * random commands of the stock `ip`, in three namespaces that come and go.
 */
import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Netns, type ObjectName, RtNetlink } from '../../lib/index.js'
import { asText, differing, Fold } from '../helpers/fold.js'
import { stockEnv, toolTest } from '../helpers/needs.js'
import { type Command, commands } from './commands.js'
import { search } from './search.js'

const OBJECTS = ['link', 'address', 'route', 'rule', 'neighbour'] as const satisfies readonly ObjectName[]

/** How long the events may take to come to the listings' state, ms. */
const PATIENCE_MS = 6000

let examples = 0

/** The namespaces of one example. The first one is watched; the ids are as it knows them. */
class World implements AsyncDisposable {
  readonly #prefix = `rtnl-test-${process.pid}-${++examples}`
  readonly #present = new Set<number>()

  constructor() {
    this.#create(0)
    this.#create(1)
  }

  name(where: number): string {
    return `${this.#prefix}${where}`
  }

  get present(): number[] {
    return [...this.#present]
  }

  run({ where, what, words }: Command): void {
    if (what === 'create') this.#create(where)
    else if (!this.#present.has(where)) return
    else if (what === 'delete') this.#delete(where)
    else if (what === 'number') this.#tool('ip', 0, `netns set ${this.name(where)} ${words}`)
    else if (what === 'sysctl') this.#setSysctl(where, words)
    else
      this.#tool(
        what,
        where,
        words.replace(/@(\d)/, (_, number: string) => this.name(Number(number))),
      )
  }

  #create(where: number): void {
    if (this.#present.has(where)) return
    Netns.create(this.name(where)).close()
    this.#present.add(where)
  }

  #delete(where: number): void {
    Netns.delete(this.name(where))
    this.#present.delete(where)
  }

  /** Many commands are refused, which is as well. */
  #tool(program: string, where: number, words: string): void {
    spawnSync(program, ['-n', this.name(where), ...words.split(' ')], { env: stockEnv })
  }

  #setSysctl(where: number, words: string): void {
    const [key = '', value = ''] = words.split(' ')
    using netns = Netns.open(this.name(where))
    try {
      netns.sysctl.set(key, Number(value))
    } catch {
      // This kernel does not have it.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const where of this.present) this.#delete(where)
  }
}

/** What the listings give in all namespaces that the first one has an id for. */
async function listed(world: World, own: RtNetlink): Promise<string[]> {
  const all: string[] = []
  for (const where of world.present) {
    using netns = Netns.open(world.name(where))
    await using net = await RtNetlink.open({ netns })
    const nsid = where === 0 ? 'own' : await own.nsids.get(netns)
    if (nsid === undefined) continue
    for (const object of OBJECTS) {
      const values: object[] = await net[`${object}${object === 'address' ? 'es' : 's'}` as 'links'].list()
      all.push(...values.map((value) => `${nsid} ${object} ${asText(object, value)}`))
    }
  }
  return [...new Set(all)].sort()
}

async function holds(example: readonly Command[]): Promise<void> {
  await using world = new World()
  await using net = await RtNetlink.open({ netns: world.name(0) })
  const fold = new Fold()
  const stop = new AbortController()
  const ended = (async () => {
    for await (const event of net.watch(OBJECTS, { allNamespaces: true, signal: stop.signal }))
      fold.apply(event)
  })()
  const failed = ended.then(
    () => undefined,
    (error) => (error === stop.signal.reason ? undefined : error),
  )
  try {
    for (const command of example) {
      world.run(command)
      // The watch works meanwhile.
      await new Promise(setImmediate)
    }
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const before = fold.all
      const there = await listed(world, net)
      const difference = differing(fold.all, there)
      if (fold.faults.length > 0) throw new Error(fold.faults.join('\n'))
      if (difference.length === 0 && before.length > 0) return
      const error = await Promise.race([failed, sleep(20)])
      if (error) throw error
      if (performance.now() > deadline) throw new Error(difference.join('\n'))
    }
  } finally {
    stop.abort()
    await failed
  }
}

const show = (example: readonly Command[]) =>
  example.map(({ where, what, words }) => `  ${where}: ${what} ${words}`).join('\n')

toolTest('ip', 'bridge')('the events of a watch add up to the listings', async (t) => {
  await search(t, commands, holds, show)
})
