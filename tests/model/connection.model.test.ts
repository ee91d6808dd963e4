import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import fc from 'fast-check'
import { BulkError, type BulkFailure, Connection, type JobOptions } from '../../lib/connection/index.js'
import { ACK_COST } from '../../lib/connection/limits.js'
import { acknowledge, dump, FakeKernel, type FakeRequest, refuse, reply } from '../../lib/testing/index.js'
import { messageFlag, viewOf } from '../../protocol/index.js'
import { number, payload, request } from '../helpers/test-message.js'
import { modelParameters } from './parameters.js'

/* A connection over a kernel that keeps a set of numbers. Requests, bulks and lists are made while signals are aborted,
   answers come late, get lost or do not come at all, and the connection is closed: what must settle, and how, follows from
   what the kernel has carried out. */

const TIMEOUT_MS = 25
const TYPES = { add: 100, delete: 102, get: 104, list: 106 } as const

type Kind = 'add' | 'delete' | 'get'
type Action =
  | {
      do: Kind
      n: number
      signal: number
      blocking: boolean
      names: 'use' | 'change' | 'none'
      large: boolean
    }
  | { do: 'bulk'; items: number[]; asynchronous: boolean; signal: number; stopAtFailure: boolean }
  | { do: 'list' | 'partial'; signal: number }
  | { do: 'abort'; signal: number }
  | { do: 'tick' | 'microtask' | 'hold' | 'release' | 'lose' | 'overflow' | 'hang' | 'close' }

const signal = fc.constantFrom(-1, -1, -1, -1, 0, 1)
const n = fc.integer({ min: 0, max: 5 })
const single = fc.record({
  do: fc.constantFrom<Kind>('add', 'add', 'delete', 'get'),
  n,
  signal,
  blocking: fc.constantFrom(false, false, false, true),
  names: fc.constantFrom('none' as const, 'use' as const, 'change' as const),
  large: fc.constantFrom(false, false, false, true),
})
const bulk = fc.record({
  do: fc.constant('bulk' as const),
  items: fc.array(n, { maxLength: 12 }),
  asynchronous: fc.boolean(),
  signal,
  stopAtFailure: fc.boolean(),
})
const simple = (
  ...names: readonly ('tick' | 'microtask' | 'hold' | 'release' | 'lose' | 'overflow' | 'hang' | 'close')[]
) => fc.constantFrom(...names).map((name) => ({ do: name }))
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 10, arbitrary: single },
  { weight: 3, arbitrary: bulk },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('list' as const, 'partial' as const), signal }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), signal: fc.constantFrom(0, 1) }) },
  { weight: 5, arbitrary: simple('tick', 'microtask') },
  { weight: 5, arbitrary: simple('hold', 'hold', 'release', 'lose', 'overflow') },
  { weight: 1, arbitrary: simple('hang', 'close', 'tick', 'tick', 'tick') },
)

/** One thing that was asked of the kernel. */
interface Asked {
  readonly id: number
  readonly kind: Kind
  readonly n: number
  /** By a bulk of an asynchronous iterable, whose items are queued after they were yielded. */
  readonly later: boolean
  /** What the caller was told. */
  outcome?: string
}

class System {
  readonly kernel = new FakeKernel((one) => this.#answer(one))
  readonly connection: Connection
  readonly stops = [new AbortController(), new AbortController()]
  readonly asked: Asked[] = []
  /** What the kernel has carried out or refused, in that order: ids, and lists with what they gave. */
  readonly log: { id: number; refused: boolean }[] = []
  readonly lists: ({ at: number; elements: readonly number[] } | undefined)[] = []
  readonly problems: string[] = []
  readonly settled: Promise<unknown>[] = []
  readonly #set = new Set<number>()
  #held: Uint8Array[] | undefined
  /** The next answer does not fit. */
  #overflow = false
  #congested = false
  hung = false
  closed = false

  constructor() {
    // Room for few answers: bulks have several chunks.
    this.kernel.receiveBuffer = 4 * ACK_COST
    this.connection = new Connection({ open: () => this.kernel.open(), timeout: TIMEOUT_MS })
  }

  #answer(one: FakeRequest): readonly (Uint8Array | 'ENOBUFS')[] {
    if (one.type === TYPES.list) {
      const number = viewOf(one.payload).getUint32(0, true)
      this.lists[number] = { at: this.log.length, elements: [...this.#set] }
      return dump(one, 107, [...this.#set].map(payload))
    }
    if (this.hung) return []
    const answers = this.#carryOut(one)
    if (this.#dropped(answers)) return []
    if (this.#held === undefined) return answers
    this.#held.push(...answers)
    return []
  }

  /** A full socket reports that first, then gives what it has; it drops everything until all of that has been read. */
  #dropped(answers: readonly Uint8Array[]): boolean {
    const { deliveries } = this.kernel
    if (this.#congested && deliveries.length > 0) return true
    this.#congested = false
    if (!this.#overflow || answers.length === 0 || this.#held) return false
    this.#overflow = false
    this.#congested = true
    deliveries.unshift('ENOBUFS')
    return true
  }

  #carryOut(one: FakeRequest): Uint8Array[] {
    const id = viewOf(one.payload).getUint32(0, true)
    const { kind, n } = this.asked[id] as Asked
    const has = this.#set.has(n)
    const refused = kind === 'add' ? has : !has
    this.log.push({ id, refused })
    if (refused) return [refuse(one, kind === 'add' ? 'EEXIST' : 'ENOENT')]
    if (kind === 'get') return [reply(one, 105, payload(n))]
    if (kind === 'add') this.#set.add(n)
    else this.#set.delete(n)
    return one.flags & messageFlag.ack ? [acknowledge(one)] : []
  }

  ask(kind: Kind, n: number, later = false): Asked {
    const asked = { id: this.asked.length, kind, n, later }
    this.asked.push(asked)
    return asked
  }

  hold() {
    this.#held ??= []
  }
  /** Gives the answers that were held back; some are lost if the socket was full. */
  release(full = false) {
    const held = this.#held ?? []
    this.#held = undefined
    if (held.length === 0) return
    const lost = full ? Math.ceil(held.length / 2) : 0
    this.kernel.deliver(...(lost > 0 ? (['ENOBUFS'] as const) : []), ...held.slice(lost))
  }
  overflow() {
    this.#overflow = true
  }
  calm() {
    this.#overflow = false
    this.release()
  }
}

const requestOf = ({ id, kind }: Asked, large = false) => {
  const one = request(id, { type: TYPES[kind] })
  return large ? { ...one, codec: padded } : one
}
const padded = {
  ...request(0).codec,
  encode(...[out, value, parent]: Parameters<ReturnType<typeof request>['codec']['encode']>) {
    request(0).codec.encode(out, value, parent)
    out.zeros(40_000)
  },
}

const codeOf = (error: unknown) => (error as { code?: string }).code ?? String(error)

function settle(system: System, promise: Promise<unknown>, asked: Asked) {
  const told = (outcome: string) => {
    if (asked.outcome !== undefined) system.problems.push(`${asked.id} settled twice`)
    asked.outcome = outcome
  }
  system.settled.push(
    promise.then(
      () => told('done'),
      (error) => told(codeOf(error)),
    ),
  )
}

function start(system: System, act: Action): void {
  const { connection, stops } = system
  const signalOf = (index: number) => stops[index]?.signal
  switch (act.do) {
    case 'add':
    case 'delete':
    case 'get': {
      const asked = system.ask(act.do, act.n)
      const options: JobOptions = {
        signal: signalOf(act.signal),
        usesNames: act.names === 'use',
        changesNames: act.names === 'change',
        blocking: act.blocking,
      }
      const build = () => requestOf(asked, act.large)
      const promise =
        act.do === 'get' ? connection.query(build, number, options) : connection.request(build, options)
      settle(system, promise, asked)
      break
    }
    case 'bulk':
      system.settled.push(runBulk(system, act, signalOf(act.signal)))
      break
    case 'list':
    case 'partial': {
      const asked = system.asked.length
      const list = system.lists.push(undefined) - 1
      const listing = connection.dump(request(list, { type: TYPES.list }), number, {
        signal: signalOf(act.signal),
      })
      const read = act.do === 'list' ? listing.toArray() : listing.next().then(() => listing.return())
      system.settled.push(
        read.then(
          (result) => checkList(system, list, asked, act.do === 'list' ? (result as number[]) : undefined),
          () => {},
        ),
      )
      break
    }
    case 'abort':
      stops[act.signal]?.abort(`stop ${act.signal}`)
      break
    case 'hold':
      system.hold()
      break
    case 'release':
      system.release()
      break
    case 'lose':
      system.release(true)
      break
    case 'overflow':
      system.overflow()
      break
    case 'hang':
      system.hung = true
      break
    case 'close':
      system.connection.close()
      system.closed = true
      break
  }
}

/** A list sees what was asked before it and was carried out. */
function checkList(
  system: System,
  number: number,
  asked: number,
  elements: readonly number[] | undefined,
): void {
  const list = system.lists[number]
  if (list === undefined) {
    system.problems.push(`the list after ${asked} was not asked`)
    return
  }
  if (elements && String(elements) !== String(list.elements)) system.problems.push(`a list of ${elements}`)
  const late = system.log.slice(list.at).filter(({ id }) => {
    const one = system.asked[id]
    return id < asked && one?.kind !== 'get' && !one?.later
  })
  if (late.length > 0) system.problems.push(`the list after ${asked} missed ${late.map(({ id }) => id)}`)
}

async function runBulk(
  system: System,
  { items, asynchronous, stopAtFailure }: Extract<Action, { do: 'bulk' }>,
  signal: AbortSignal | undefined,
): Promise<void> {
  // All items of a synchronous iterable are asked now.
  const all = items.map((one) => (asynchronous ? undefined : system.ask('add', one)))
  let taken = 0
  const take = (one: number) => {
    const asked = all[taken] ?? system.ask('add', one, true)
    all[taken++] = asked
    return asked
  }
  function* each() {
    for (const one of items) yield take(one)
  }
  async function* eachLater() {
    for (const one of items) yield take(one)
  }
  const failures: BulkFailure<Asked>[] = []
  let progress = 0
  const source = asynchronous ? eachLater() : each()
  const options = {
    signal,
    stopAtFailure,
    onFailure: (failure: BulkFailure<Asked>) => failures.push(failure),
    onProgress: (count: number) => {
      if (count < progress) system.problems.push('progress went back')
      progress = count
    },
  }
  const indexes = () => failures.map(({ index }) => index)
  try {
    const done = await system.connection.bulk(source, (one) => requestOf(one), options)
    for (const { index, item, error } of failures) {
      if (all[index] !== item) system.problems.push(`failure ${index} has another item`)
      item.outcome = codeOf(error)
    }
    const ended = stopAtFailure && failures.length > 0
    if (!ended && taken !== items.length) system.problems.push(`${taken} items were taken of ${items.length}`)
    if (done + failures.length !== progress && taken > 0) {
      system.problems.push(`${done} done and ${failures.length} failed of ${progress}`)
    }
    for (const one of all.slice(0, progress)) if (one) one.outcome ??= 'done'
  } catch (error) {
    if (error instanceof BulkError) system.problems.push('failures were thrown although they are taken')
  }
  if (String(indexes()) !== String([...new Set(indexes())].sort((a, b) => a - b))) {
    system.problems.push(`failures in the order ${indexes()}`)
  }
}

function check(system: System) {
  const { log, asked, problems } = system
  const changes = log.filter(({ id }) => asked[id]?.kind !== 'get')
  const ids = changes.map(({ id }) => id)
  if (new Set(ids).size < ids.length) problems.push(`carried out twice: ${ids}`)
  for (const { id, kind, outcome } of asked) {
    const entries = log.filter((one) => one.id === id)
    const refusal = kind === 'add' ? 'EEXIST' : 'ENOENT'
    if (outcome === 'done' && entries.every(({ refused }) => refused)) {
      problems.push(`${id} is told as done: ${JSON.stringify(entries)}`)
    }
    if (outcome === refusal && !entries.some(({ refused }) => refused)) problems.push(`${id} was not refused`)
    if (kind === 'get' && outcome === 'ENOBUFS' && entries.length < 2)
      problems.push(`${id} was not asked again`)
  }
  const open = system.kernel.sockets.filter(({ closed }) => !closed)
  if (open.length > 0) problems.push(`${open.length} sockets are left open`)
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

/** Single requests and synchronous bulks are carried out in the order in which they were asked. */
function checkOrder(system: System, actions: readonly Action[]) {
  if (actions.some((one) => one.do === 'bulk' && one.asynchronous)) return
  const changes = system.log.map(({ id }) => id).filter((id) => system.asked[id]?.kind !== 'get')
  if (changes.some((id, i) => i > 0 && id < (changes[i - 1] as number))) {
    system.problems.push(`carried out in the order ${changes}`)
  }
}

async function run(actions: readonly Action[]): Promise<void> {
  const system = new System()
  for (const one of actions) {
    if (one.do === 'tick') await new Promise((resolve) => setImmediate(resolve))
    else if (one.do === 'microtask') await null
    else start(system, one)
  }
  await new Promise((resolve) => setImmediate(resolve))
  system.calm()
  const all = Promise.all(system.settled)
  const unsettled = sleep(TIMEOUT_MS * 40).then(() => 'unsettled')
  if (system.hung) {
    await sleep(TIMEOUT_MS * 3)
    system.hung = false
  }
  if ((await Promise.race([all, unsettled])) === 'unsettled')
    system.problems.push('not everything has settled')
  system.connection.close()
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
  checkOrder(system, actions)
  check(system)
}

test('whatever comes in between, each request settles once, as the kernel has handled it', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40, size: 'max' }), (actions) => run(actions)),
    modelParameters(t, 300),
  )
  t.pass()
})
