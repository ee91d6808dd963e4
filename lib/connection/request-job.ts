import { type ErrorMessage, errno, type Writer } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import type { Job, JobState, Reason, Sent } from './job.js'
import { ACK_COST, REPLY_COST } from './limits.js'
import { refusalOf } from './netlink-error.js'
import { type Buildable, encodeRequest, type JobOptions, type Read, type Request } from './request.js'
import { onAbort } from './signals.js'
import { snapshot } from './snapshot.js'

/** Label of a request that is not built. */
const UNNAMED = { name: 'request' }
/** By how much the room for an answer grows each time that it is lost, and the most that is kept for it, bytes. */
const ROOM_FACTOR = 8
const ROOM_MAX = 8 * 1024 * 1024
/** The kernel answered a question with an acknowledgement, or not at all. */
const NO_ANSWER: Reason = ({ name, subject }) => new SystemError(`receive ${name}`, errno.ENOMSG, subject)

/**
 * A request that settles a promise: by an acknowledgement or, with `read`, by one message of the kernel. It has few
 * fields, because a hundred thousand may wait at once.
 */
export class RequestJob<V, A> implements Job {
  state: JobState = 'waiting'
  first = 0
  count = 0
  changesNames: boolean
  blocking: boolean
  /** The builder is replaced by what it builds. */
  #request: Buildable<Request, A>
  #argument: A
  readonly #read: Read<V> | undefined
  readonly #options: JobOptions | undefined
  readonly #resolve: (value: V) => void
  readonly #reject: (error: unknown) => void
  /** What was sent, if that is repeated: the caller's object may have changed since. */
  #sent: Uint8Array | undefined
  /** The room that its answer has in the receive buffer, bytes. */
  #room: number
  /** Removes the listener from the signal. */
  #unlisten: (() => void) | undefined

  constructor(
    request: Buildable<Request, A>,
    argument: A,
    read: Read<V> | undefined,
    options: JobOptions | undefined,
    resolve: (value: V) => void,
    reject: (error: unknown) => void,
  ) {
    this.changesNames = options?.changesNames === true
    this.blocking = options?.blocking === true
    this.#request = request
    this.#argument = argument
    this.#read = read
    this.#room = read === undefined ? ACK_COST : REPLY_COST
    this.#options = options
    this.#resolve = resolve
    this.#reject = reject
  }

  get waitsFor(): Job['waitsFor'] {
    return this.#options?.usesNames ? 'names' : 'nothing'
  }

  get alone(): boolean {
    return false
  }

  get acknowledged(): boolean {
    return this.#read === undefined || this.#options?.acknowledged === true || this.#echoed
  }

  get #echoed(): boolean {
    return this.#options?.echoed === true
  }

  get cost(): number {
    return this.#room
  }

  /** Has `drop` called when the signal is aborted. */
  listen(signal: AbortSignal, drop: (job: Job, reason: Reason) => void): void {
    this.#unlisten = onAbort(signal, () => drop(this, () => signal.reason))
  }

  keep(): void {
    const request = this.#request
    if (typeof request === 'function') this.#argument = snapshot(this.#argument)
    else this.#request = { ...request, value: snapshot(request.value) }
  }

  prepare(): void {
    const request = typeof this.#request === 'function' ? this.#request(this.#argument) : this.#request
    this.#request = request
    if (request.changesNames) this.changesNames = true
    if (request.blocking) this.blocking = true
  }

  encode(out: Writer): void {
    if (this.#sent === undefined) encodeRequest(out, this.#request as Request)
    else {
      out.write(this.#sent)
      out.align()
    }
    this.count = 1
  }

  acknowledge(_index: number, answer: ErrorMessage, sent: Sent): boolean {
    if (answer.errno === 0) this.succeed()
    else this.#reject(refusalOf(this.#request as Request, answer, sent.message(this.first)))
    return true
  }

  reply(_index: number, _type: number, view: DataView, at: number, length: number): boolean {
    if (this.#read === undefined) return false
    this.#resolve(this.#read(view, at, length))
    return !this.acknowledged
  }

  succeed(): void {
    if (this.#read === undefined || this.#echoed) this.#resolve(undefined as V)
    else this.fail(NO_ANSWER)
  }

  lose(): void {}

  repeats(sent: Sent): boolean {
    if (this.#read === undefined || this.#echoed || this.#room >= ROOM_MAX) return false
    this.#room *= ROOM_FACTOR
    this.#sent ??= sent.message(this.first).slice()
    return true
  }

  fail(reason: Reason): void {
    this.#reject(reason(typeof this.#request === 'function' ? UNNAMED : this.#request))
  }

  release(): void {
    this.#unlisten?.()
    this.#options?.release?.()
  }
}
