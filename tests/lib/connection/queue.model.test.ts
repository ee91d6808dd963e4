import test from 'ava'
import fc from 'fast-check'
import type { Batch } from '../../../lib/connection/batch.js'
import type { Job, JobState, Reason } from '../../../lib/connection/job.js'
import { BATCH_BYTES, THREAD_BYTES } from '../../../lib/connection/limits.js'
import type { Place } from '../../../lib/connection/place.js'
import { Queue, type QueueIo } from '../../../lib/connection/queue.js'
import { align } from '../../../protocol/codec/align.js'
import { beginMessage, endMessage, messageFlag, type Writer } from '../../../protocol/index.js'
import { MessageCursor } from '../../../protocol/netlink/messages.js'

/** What a command asks for. */
interface Spec {
  readonly waitsFor: Job['waitsFor']
  readonly alone: boolean
  readonly acknowledged: boolean
  readonly changesNames: boolean
  readonly blocking: boolean
  /** Messages; none of a barrier. */
  readonly messages: number
  /** Bytes of the receive buffer. */
  readonly cost: number
  /** Bytes of each message. */
  readonly size: number
  /** It cannot be encoded. */
  readonly bad: boolean
  /** The kernel refuses its last message. */
  readonly refused: boolean
  /** It can be asked again when its answer is lost. */
  readonly question?: boolean
}

/** A job's place in call order: its number, or that of its place and its number there. */
type Path = readonly number[]

function comparePaths(a: Path, b: Path): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = (a[i] ?? -1) - (b[i] ?? -1)
    if (order !== 0) return order
  }
  return 0
}

const RECEIVE_BUFFER = 400_000

/** A job that notes what happens to it, and checks what must hold at that moment. */
class ModelJob implements Job {
  state: JobState = 'waiting'
  first = 0
  count = 0
  readonly cost: number
  readonly outcomes: string[] = []
  prepared = 0
  kept = 0
  asked = 1
  released = 0
  lost = false

  readonly id: number
  readonly path: Path
  readonly spec: Spec
  readonly system: System

  constructor(id: number, path: Path, spec: Spec, system: System) {
    this.id = id
    this.path = path
    this.spec = spec
    this.system = system
    this.cost = spec.cost
  }
  get waitsFor() {
    return this.spec.waitsFor
  }
  get alone() {
    return this.spec.alone
  }
  get acknowledged() {
    return this.spec.acknowledged
  }
  get changesNames() {
    return this.spec.changesNames
  }
  get blocking() {
    return this.spec.blocking
  }

  keep() {
    this.kept++
    this.system.check(this.prepared === 0, `job ${this.id} was kept after it was prepared`)
  }
  repeats() {
    if (!this.spec.question || this.asked === 3) return false
    this.asked++
    return true
  }
  prepare() {
    this.prepared++
    this.system.onPrepare(this)
  }
  encode(out: Writer) {
    if (this.spec.bad) throw new Error('bad')
    for (let message = 0; message < this.spec.messages; message++) {
      const start = beginMessage(out, 100, messageFlag.request, 0)
      const at = out.reserve(4)
      out.view.setUint32(at, this.id, true)
      out.zeros(this.spec.size)
      endMessage(out, start)
    }
    this.count = this.spec.messages
  }
  acknowledge(): boolean {
    throw new Error('the model answers jobs itself')
  }
  reply(): boolean {
    throw new Error('the model answers jobs itself')
  }
  succeed() {
    this.settle('done')
  }
  lose() {
    this.lost = true
  }
  fail(reason: Reason) {
    this.settle(String(reason({ name: `job ${this.id}` })))
  }
  release() {
    this.released++
  }
  settle(outcome: string) {
    this.outcomes.push(outcome)
    this.system.settled.push(this.id)
  }
}

interface Message {
  readonly job: ModelJob
  readonly sequence: number
  readonly ack: boolean
  readonly last: boolean
}

/** The queue, a kernel that the commands drive, and the checks. */
class System implements QueueIo {
  readonly receiveBuffer = RECEIVE_BUFFER
  readonly queue: Queue
  readonly jobs: ModelJob[] = []
  /** In the order in which they settled. */
  readonly settled: number[] = []
  readonly prepared: number[] = []
  readonly sentIds: number[] = []
  /** Sent to the kernel and not handled by it yet. */
  readonly kernel: Message[] = []
  /** Answers that wait to be read: a job's, its message's sequence number, and whether it is a refusal. */
  readonly answers: { message: Message; refused: boolean }[] = []
  /** What threads are sending; `handed` when the kernel has it, although the thread has not reported that yet. */
  readonly sending: { batch: Batch; messages: Message[]; handed: boolean }[] = []
  readonly answered: Message[] = []
  scheduled = 0
  inIo = false
  budgetSpent = false
  /** The kernel carries out a small batch within `send`. */
  immediate = true
  receiving = false
  timed: Batch | undefined
  readonly places: { path: Path; place: Place; next: number }[] = []
  nextPath = 0
  readonly errors: string[] = []

  constructor() {
    this.queue = new Queue(this)
  }

  set(settings: Partial<Pick<System, 'budgetSpent' | 'immediate'>>) {
    Object.assign(this, settings)
  }

  check(holds: boolean, what: string) {
    if (!holds) this.errors.push(what)
  }

  onPrepare(job: ModelJob) {
    this.check(!this.inIo, `job ${job.id} was prepared while the socket was used`)
    this.check(job.prepared === 1, `job ${job.id} was prepared twice`)
    this.prepared.push(job.id)
    if (job.waitsFor === 'nothing') return
    const earlier = this.jobs.filter(
      ({ state, path }) => state !== 'settled' && comparePaths(path, job.path) < 0,
    )
    if (job.waitsFor === 'all') this.check(earlier.length === 0, `barrier ${job.id} overtook a job`)
    if (job.waitsFor === 'names') {
      this.check(!earlier.some(({ changesNames }) => changesNames), `job ${job.id} used names that change`)
    }
  }

  schedule() {
    this.scheduled++
  }
  tickBudgetSpent() {
    return this.budgetSpent
  }
  send(batch: Batch) {
    this.check(!batch.blocking && batch.out.at <= THREAD_BYTES, 'a large or blocking batch was sent at once')
    this.inIo = true
    this.kernel.push(...this.take(batch))
    if (this.immediate) this.handle(Number.POSITIVE_INFINITY)
    this.poll()
    this.inIo = false
  }
  sendAsync(batch: Batch) {
    this.check(
      this.sending.every(({ handed }) => handed),
      'two threads were sending',
    )
    this.sending.push({ batch, messages: this.take(batch), handed: false })
  }
  setPolling(polling: boolean) {
    this.check(polling !== this.receiving, 'polling was started or stopped twice')
    this.receiving = polling
  }
  setDeadline(oldest: Batch | undefined) {
    this.timed = oldest
  }

  /** Asks for something: at the end of the queue, or in the place of this number. */
  ask(spec: Spec, number = -1) {
    const [place, path] = this.next(number)
    const job = new ModelJob(this.jobs.length, path, spec, this)
    this.jobs.push(job)
    this.queue.add(job, place)
  }
  /** Keeps a place, at the end or within another. */
  keepPlace(number: number) {
    const [within, path] = this.next(number)
    this.places.push({ path, place: this.queue.keepPlace(within), next: 0 })
  }
  /** Leaves a place, whether places within it are kept or not; it may still be asked for, and is the end then. */
  leavePlace(number: number) {
    this.places[number]?.place[Symbol.dispose]()
  }
  next(number: number): [Place | undefined, Path] {
    const one = this.places[number]
    return [one?.place, one?.place.kept ? [...one.path, one.next++] : [this.nextPath++]]
  }

  /** What leaves in a batch: checks the bytes. */
  take(batch: Batch): Message[] {
    const messages: Message[] = []
    const { inFlight } = this.queue
    this.check(inFlight.length <= 2, 'more than two batches were in flight')
    if (inFlight.length === 2) {
      for (const { out, blocking, changesNames } of inFlight) {
        this.check(out.at > THREAD_BYTES && !blocking && !changesNames, 'a batch followed too closely')
      }
      this.check(inFlight[0]?.sending === false, 'a batch was sent before the one in front')
      const cost = inFlight.reduce((sum, one) => sum + one.cost, 0)
      this.check(cost <= RECEIVE_BUFFER, 'the answers to two batches exceed the receive buffer')
    }
    this.check(
      this.sending.every((one) => one.batch !== batch),
      'a batch was used again while a thread sends it',
    )
    this.check(batch.out.at < BATCH_BYTES + 200_000, 'a batch was too large')
    const cursor = new MessageCursor().begin(batch.out.view, batch.out.at)
    let bytes = 0
    for (let next = batch.first; cursor.next(); next++) {
      const job = this.jobs[batch.out.view.getUint32(cursor.payload, true)] as ModelJob
      this.check(cursor.sequence === next >>> 0, 'sequence numbers were not contiguous')
      this.check(job.blocking === batch.blocking, 'a batch mixed blocking jobs with others')
      this.check(job.state === 'inFlight', `job ${job.id} was sent though it is ${job.state}`)
      const last = cursor.sequence === job.first + job.count - 1
      messages.push({ job, sequence: cursor.sequence, ack: (cursor.flags & messageFlag.ack) !== 0, last })
      if (last && job.asked === 1) this.sentIds.push(job.id)
      bytes += align(cursor.payloadLength + 16)
    }
    this.check(bytes === batch.out.at, 'a batch held bytes of no message')
    this.check(messages.length === batch.count && messages.length > 0, 'a batch was miscounted')
    const acks = messages.filter(({ ack }) => ack)
    const lastAcknowledged = messages.findLast(({ job }) => job.acknowledged)
    this.check(acks.length === (lastAcknowledged ? 1 : 0), 'not exactly one ACK was asked for')
    this.check(acks[0] === lastAcknowledged, 'the ACK was not asked of the last request')
    return messages
  }

  /** The kernel handles messages in order: refusals and replies come unasked, acknowledgements where asked for. */
  handle(count: number) {
    for (const message of this.kernel.splice(0, count)) {
      const { job, last, ack } = message
      const refused = last && job.spec.refused
      // Of jobs that settle themselves, such as transactions, the last message is answered.
      if (!refused && !ack && !(last && !job.acknowledged)) continue
      this.answers.push({ message, refused })
      this.answered.push(message)
    }
  }

  poll() {
    for (const { message, refused } of this.answers.splice(0)) {
      const job = this.queue.take(message.sequence) as ModelJob | undefined
      if (job === undefined) continue
      this.check(job === message.job, `an answer for ${message.job.id} was given to ${job.id}`)
      if (!message.last) continue
      if (job.state === 'inFlight') job.settle(refused ? 'refused' : 'done')
      this.queue.answered(job)
    }
    // Nothing else is there: what was lost does not come.
    this.queue.drained()
  }

  /** A thread gives its batch to the kernel. */
  handOver() {
    const sending = this.sending.find(({ handed }) => !handed)
    if (sending === undefined) return
    sending.handed = true
    this.kernel.push(...sending.messages)
  }

  /** A thread reports that it has sent its batch. */
  threadDone(failed: boolean) {
    const [sending] = this.sending
    if (sending === undefined) return
    const { batch } = sending
    if (failed && !sending.handed) this.queue.sent(batch, ({ name }) => `${name}: not sent`)
    else {
      if (!sending.handed) this.handOver()
      this.queue.sent(batch)
    }
    this.sending.shift()
    this.poll()
    this.queue.advance()
  }

  /** The event loop goes on: what is scheduled runs. */
  tick() {
    for (; this.scheduled > 0; this.scheduled--) this.queue.due()
  }

  finish() {
    for (const { place } of this.places) place[Symbol.dispose]()
    for (let round = 0; round < 200; round++) {
      this.tick()
      this.handle(Number.POSITIVE_INFINITY)
      this.threadDone(false)
      this.handle(Number.POSITIVE_INFINITY)
      this.poll()
      this.queue.advance()
    }
  }
}

/** The order of settling that the queue promises, for the jobs that are answered by the kernel. */
function assertHolds(system: System) {
  const problems = [...system.errors]
  const pathOf = (id: number) => (system.jobs[id] as ModelJob).path
  const ascending = (ids: readonly number[]) =>
    ids.every((id, i) => i === 0 || comparePaths(pathOf(ids[i - 1] as number), pathOf(id)) < 0)
  if (!ascending(system.prepared)) problems.push(`prepared out of order: ${system.prepared}`)
  if (!ascending(system.sentIds)) problems.push(`sent out of order: ${system.sentIds}`)
  const inOrder = system.settled.filter((id) => {
    const { outcomes, spec, asked } = system.jobs[id] as ModelJob
    const [outcome] = outcomes
    return asked === 1 && spec.messages > 0 && (outcome === 'done' || outcome === 'refused')
  })
  if (!ascending(inOrder)) problems.push(`settled out of order: ${inOrder}`)
  for (const { id, outcomes, released, state } of system.jobs) {
    if (outcomes.length > 1) problems.push(`job ${id} settled as ${outcomes}`)
    if (released > 1 || (released === 1) !== (state === 'settled'))
      problems.push(`job ${id} is ${state} and was released ${released} times`)
  }
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

type Model = Record<string, never>
class Step implements fc.Command<Model, System> {
  readonly name: string
  readonly act: (system: System) => void

  constructor(name: string, act: (system: System) => void) {
    this.name = name
    this.act = act
  }
  check() {
    return true
  }
  run(_: Model, system: System) {
    this.act(system)
    assertHolds(system)
  }
  toString() {
    return this.name
  }
}

const add = (spec: Spec, place = -1) =>
  new Step(`add ${JSON.stringify(spec)} to place ${place}`, (system) => {
    if (system.queue.state !== 'closed') system.ask(spec, place)
  })
const keepPlace = (within: number) =>
  new Step(`keep a place within ${within}`, (system) => {
    if (system.queue.state !== 'closed') system.keepPlace(within)
  })
const leavePlace = (number: number) =>
  new Step(`leave place ${number}`, (system) => system.leavePlace(number))

const request = fc
  .record({
    waitsFor: fc.constantFrom('nothing' as const, 'nothing' as const, 'names' as const),
    acknowledged: fc.boolean(),
    changesNames: fc.constantFrom(false, false, false, true),
    blocking: fc.constantFrom(false, false, false, true),
    size: fc.constantFrom(4, 40, 5000, 40_000, 200_000),
    bad: fc.constantFrom(false, false, false, false, false, true),
    refused: fc.constantFrom(false, false, true),
    question: fc.boolean(),
  })
  .map((spec) => ({
    ...spec,
    question: spec.question && !spec.acknowledged,
    alone: false,
    messages: 1,
    cost: spec.size < 40_000 ? 10_000 : 150_000,
  }))
const chunk = fc
  .record({
    waitsFor: fc.constantFrom('nothing' as const, 'names' as const),
    acknowledged: fc.boolean(),
    messages: fc.integer({ min: 0, max: 30 }),
    size: fc.constantFrom(4, 3000),
    refused: fc.boolean(),
  })
  .map((spec) => ({
    ...spec,
    alone: true,
    changesNames: false,
    blocking: !spec.acknowledged,
    bad: false,
    cost: spec.messages * 10_000,
  }))
const barrier = fc.constant<Spec>({
  waitsFor: 'all',
  alone: false,
  acknowledged: false,
  changesNames: false,
  blocking: false,
  messages: 0,
  cost: 0,
  size: 0,
  bad: false,
  refused: false,
})

/** The end of the queue, most often, or a place that may be kept. */
const somewhere = fc.constantFrom(-1, -1, -1, -1, 0, 0, 1, 2)
const added = (spec: fc.Arbitrary<Spec>) => fc.tuple(spec, somewhere).map(([one, place]) => add(one, place))

const commands = [
  added(request),
  added(request),
  added(request),
  added(chunk),
  added(barrier),
  fc.constantFrom(-1, -1, 0, 1).map(keepPlace),
  fc.constantFrom(0, 0, 1, 2).map(leavePlace),
  fc.constant(new Step('tick', (system) => system.tick())),
  fc.constant(new Step('thread done', (system) => system.threadDone(false))),
  fc.constant(new Step('thread hands over', (system) => system.handOver())),
  fc.constant(
    new Step('the kernel repeats an old answer', (system) => {
      const message = system.answered.findLast(
        ({ job, sequence }) =>
          job.state === 'settled' &&
          system.queue.inFlight.some(({ first, count }) => sequence >= first && sequence < first + count),
      )
      if (message) system.answers.push({ message, refused: false })
      system.poll()
    }),
  ),
  fc.constant(
    new Step('the socket drops messages', (system) => {
      system.answers.length = 0
      system.queue.lose()
      system.poll()
      system.queue.advance()
    }),
  ),
  fc.constant(new Step('thread failed', (system) => system.threadDone(true))),
  fc.integer({ min: 1, max: 20 }).map(
    (n) =>
      new Step(`kernel handles ${n}`, (system) => {
        system.handle(n)
        system.poll()
        system.queue.advance()
      }),
  ),
  fc.boolean().map((on) => new Step(`budget spent: ${on}`, (system) => system.set({ budgetSpent: on }))),
  fc
    .boolean()
    .map((on) => new Step(`kernel answers at once: ${on}`, (system) => system.set({ immediate: on }))),
  fc.nat().map(
    (n) =>
      new Step(`drop ${n}`, (system) => {
        const job = system.jobs[n % Math.max(system.jobs.length, 1)]
        if (job === undefined) return
        const { state } = job
        system.queue.drop(job, () => 'dropped')
        if (state === 'settled' || state === 'abandoned') return
        system.check(job.outcomes.at(-1) === 'dropped', `job ${job.id} was not rejected at once`)
        system.check(
          job.state === (state === 'inFlight' ? 'abandoned' : 'settled'),
          `job ${job.id} is ${job.state} after it was dropped`,
        )
      }),
  ),
  fc.constant(
    new Step('deadline', (system) => {
      const { timed } = system
      const { inFlight, state } = system.queue
      const waits = state === 'receiving' || state === 'sending'
      system.check(
        timed === (waits ? inFlight[0] : undefined),
        'the deadline is not that of the oldest batch',
      )
      if (timed === undefined) return
      const own = system.jobs.filter(
        (job) =>
          (job.state === 'inFlight' || job.state === 'abandoned') &&
          job.first >= timed.first &&
          job.first < timed.first + timed.count,
      )
      // The kernel never answers these, unless a thread is still sending them.
      if (!timed.sending) for (const job of own) remove(system.kernel, (message) => message.job === job)
      system.queue.overdue(({ name }) => `${name}: timeout`)
      for (const job of own) {
        system.check(job.outcomes.length === 1, `job ${job.id} was not told of its time-out`)
      }
    }),
  ),
]

function remove<T>(list: T[], test: (one: T) => boolean) {
  for (let i = list.length - 1; i >= 0; i--) if (test(list[i] as T)) list.splice(i, 1)
}

const SETUP = () => ({ model: {}, real: new System() })

test('the queue keeps its invariants and settles every job once, in any order of requests, answers, drops and delays', (t) => {
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 60, size: 'max' }), (list) => {
      const state = SETUP()
      fc.modelRun(() => state, list)
      const system = state.real
      system.finish()
      assertHolds(system)
      for (const { id, state: end, spec, outcomes } of system.jobs) {
        if (end !== 'settled') throw new Error(`job ${id} is still ${end}`)
        if (spec.waitsFor !== 'all' && outcomes.length !== 1)
          throw new Error(`job ${id} settled as ${outcomes}`)
      }
      if (system.queue.state !== 'idle') throw new Error(`the queue is ${system.queue.state}`)
    }),
    { numRuns: 1500, seed: 7 },
  )
  t.pass()
})

test('each job has its own result: a refusal fails one job, an answer completes all earlier ones', (t) => {
  fc.assert(
    fc.property(fc.array(request, { maxLength: 60 }), fc.boolean(), (specs, immediate) => {
      const system = new System()
      system.immediate = immediate
      for (const spec of specs) add(spec).act(system)
      system.finish()
      assertHolds(system)
      for (const { spec, outcomes } of system.jobs) {
        const expected = spec.bad ? 'Error: bad' : spec.refused ? 'refused' : 'done'
        if (outcomes[0] !== expected) throw new Error(`${outcomes} instead of ${expected}`)
      }
    }),
    { numRuns: 300, seed: 11 },
  )
  t.pass()
})

test('closing rejects all unsettled jobs in order, and releases each once no thread sends it', (t) => {
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 30, size: 'max' }), (list) => {
      const state = SETUP()
      fc.modelRun(() => state, list)
      const system = state.real
      const open = system.jobs.filter(({ outcomes, prepared, waitsFor }) => {
        return outcomes.length === 0 && !(waitsFor === 'all' && prepared > 0)
      })
      const before = system.settled.length
      system.queue.close(() => 'closed')
      open.sort((a, b) => comparePaths(a.path, b.path))
      const rejected = system.settled.slice(before)
      // A question that is asked again follows what is in flight.
      const once = rejected.filter((id) => system.jobs[id]?.asked === 1)
      const expected = open.filter(({ asked }) => asked === 1).map(({ id }) => id)
      if (String(once) !== String(expected) || rejected.length < open.length)
        throw new Error(`rejected ${rejected}`)
      if (open.some(({ outcomes }) => outcomes[0] !== 'closed'))
        throw new Error('rejected with something else')
      for (const { messages } of system.sending)
        if (messages.some(({ job }) => job.released > 0 && open.includes(job)))
          throw new Error('released too early')
      while (system.sending.length > 0) system.threadDone(false)
      if (system.jobs.some(({ released }) => released !== 1)) throw new Error('not released')
      if (system.receiving) throw new Error('still polling')
    }),
    { numRuns: 500, seed: 3 },
  )
  t.pass()
})

const plain: Spec = {
  waitsFor: 'nothing',
  alone: false,
  acknowledged: true,
  changesNames: false,
  blocking: false,
  messages: 1,
  cost: 1,
  size: 4,
  bad: false,
  refused: false,
}

test('a barrier waits for earlier jobs, and not for later ones', (t) => {
  const system = new System()
  const ask = () => add(plain).act(system)
  system.immediate = false
  ask()
  system.tick()
  add({ ...plain, waitsFor: 'all', messages: 0 }).act(system)
  for (let round = 0; round < 100; round++) ask()
  t.deepEqual(system.prepared, [0])
  system.handle(1)
  system.poll()
  system.queue.advance()
  t.deepEqual(system.prepared.slice(0, 3), [0, 1, 2])
})

test('ENOBUFS fails jobs without an answer of their own, and the next batch is not affected', (t) => {
  const system = new System()
  system.immediate = false
  for (const refused of [true, false, false, true]) add({ ...plain, refused }).act(system)
  system.tick()
  add(plain).act(system)
  system.queue.lose()
  system.handle(4)
  system.answers.shift()
  system.poll()
  system.queue.advance()
  system.finish()
  t.deepEqual(
    system.jobs.map(({ outcomes }) => outcomes[0]?.replace(/.*: (E[A-Z]+).*/, '$1')),
    ['ENOBUFS', 'ENOBUFS', 'ENOBUFS', 'refused', 'done'],
  )
})

test('what is asked later waits for a place that is kept, and goes on when it is left', (t) => {
  const system = new System()
  add(plain).act(system)
  system.keepPlace(-1)
  for (const place of [-1, 0, -1, 0]) add(plain, place).act(system)
  system.tick()
  t.deepEqual(system.prepared, [0, 2, 4])
  t.deepEqual(
    system.jobs.map(({ kept }) => kept),
    [0, 1, 0, 1, 0],
  )
  system.finish()
  t.deepEqual(system.prepared, [0, 2, 4, 1, 3])
  t.deepEqual(system.settled, [0, 2, 4, 1, 3])
})

test('questions whose answers are lost are asked again before what waits, a limited number of times', (t) => {
  const system = new System()
  const question = { ...plain, acknowledged: false, question: true }
  system.immediate = false
  for (const spec of [question, plain, question]) add(spec).act(system)
  system.tick()
  add({ ...plain, waitsFor: 'all', messages: 0 }).act(system)
  add(plain).act(system)
  for (let round = 0; round < 3; round++) {
    system.handle(10)
    system.answers.length = 0
    system.queue.lose()
    system.poll()
    system.queue.advance()
  }
  system.finish()
  t.deepEqual(
    system.jobs.map(({ asked, outcomes }) => [asked, outcomes[0]?.replace(/.*: (E[A-Z]+).*/, '$1')]),
    [
      [3, 'ENOBUFS'],
      [1, 'ENOBUFS'],
      [3, 'ENOBUFS'],
      [1, undefined],
      [1, 'done'],
    ],
  )
})

test('a thread that does not come back holds up nothing for ever: all that waits times out', (t) => {
  const system = new System()
  add({ ...plain, blocking: true }).act(system)
  system.tick()
  add(plain).act(system)
  const deadline = () => system.queue.overdue(() => 'timeout')
  deadline()
  add({ ...plain, waitsFor: 'all', messages: 0 }).act(system)
  t.deepEqual(system.settled, [0])
  deadline()
  t.deepEqual(system.settled, [0, 1])
  deadline()
  t.deepEqual(system.settled, [0, 1, 2])
  system.finish()
  t.true(system.jobs.every(({ released }) => released === 1))
  t.is(system.queue.state, 'idle')
})

test('a long row of batches, pipelined, is answered one by one while settled jobs leave the array', (t) => {
  const system = new System()
  const count = 30_000
  for (let n = 0; n < count; n++) {
    add({ ...plain, size: 100, refused: n % 1000 === 7 }).act(system)
  }
  let pipelined = 0
  for (let round = 0; round < 200 && system.queue.state !== 'idle'; round++) {
    system.tick()
    system.threadDone(false)
    if (system.queue.inFlight.length === 2) pipelined++
    system.handle(1500)
    system.poll()
    system.queue.advance()
  }
  assertHolds(system)
  t.true(pipelined > 5)
  t.is(system.settled.length, count)
  t.true(system.jobs.every(({ outcomes, id }) => outcomes[0] === (id % 1000 === 7 ? 'refused' : 'done')))
})

test('a repeated answer does not settle the job after the one that it answers', (t) => {
  const system = new System()
  system.immediate = false
  for (const refused of [true, false]) add({ ...plain, refused }).act(system)
  system.tick()
  system.handle(1)
  const [answer] = system.answers
  system.poll()
  if (answer) system.answers.push(answer)
  system.poll()
  assertHolds(system)
  t.deepEqual(
    system.jobs.map(({ outcomes }) => outcomes),
    [['refused'], []],
  )
})

test('a batch that is answered before its thread reports is not used again until then', (t) => {
  const system = new System()
  for (let n = 0; n < 4; n++) {
    add({ ...plain, size: 40_000 }).act(system)
    system.tick()
    system.handOver()
    system.handle(1)
    system.poll()
    system.queue.advance()
  }
  while (system.sending.length > 0) system.threadDone(false)
  assertHolds(system)
  t.deepEqual(system.settled, [0, 1, 2, 3])
})
