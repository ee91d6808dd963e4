import { type ErrorMessage, errno, type Writer } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import type { Job, JobState, Reason } from './job.js'
import { ACK_COST, REPLY_COST } from './limits.js'
import { refusalOf } from './netlink-error.js'
import { type Buildable, encodeRequest, type JobOptions, type Read, type Request } from './request.js'

/** Label of a request that is not built. */
const UNNAMED = { name: 'request' }

/**
 * A request that settles a promise: by an acknowledgement or, with `read`, by one message of the kernel. It has few
 * fields, because a hundred thousand may wait at once.
 */
export class RequestJob<V> implements Job {
  state: JobState = 'waiting'
  first = 0
  count = 0
  changesNames: boolean
  blocking: boolean
  /** The builder is replaced by what it builds. */
  #request: Buildable<Request>
  readonly #read: Read<V> | undefined
  readonly #options: JobOptions | undefined
  readonly #resolve: (value: V) => void
  readonly #reject: (error: unknown) => void
  /** Removes the listener from the signal. */
  #unlisten: (() => void) | undefined

  constructor(
    request: Buildable<Request>,
    read: Read<V> | undefined,
    options: JobOptions | undefined,
    resolve: (value: V) => void,
    reject: (error: unknown) => void,
  ) {
    this.changesNames = options?.changesNames === true
    this.blocking = options?.blocking === true
    this.#request = request
    this.#read = read
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
    return this.#read === undefined
  }

  get cost(): number {
    return this.#read === undefined ? ACK_COST : REPLY_COST
  }

  /** Has `drop` called when the signal is aborted. */
  listen(signal: AbortSignal, drop: (job: Job, reason: Reason) => void): void {
    const onAbort = () => drop(this, () => signal.reason)
    signal.addEventListener('abort', onAbort)
    this.#unlisten = () => signal.removeEventListener('abort', onAbort)
  }

  prepare(): void {
    const request = typeof this.#request === 'function' ? this.#request() : this.#request
    this.#request = request
    if (request.changesNames) this.changesNames = true
    if (request.blocking) this.blocking = true
  }

  encode(out: Writer): void {
    encodeRequest(out, this.#request as Request)
    this.count = 1
  }

  acknowledge(_index: number, answer: ErrorMessage): boolean {
    if (answer.errno === 0) this.#resolve(undefined as V)
    else this.#reject(refusalOf(this.#request as Request, answer))
    return true
  }

  reply(_index: number, _type: number, view: DataView, at: number, length: number): boolean {
    if (this.#read === undefined) return false
    this.#resolve(this.#read(view, at, length))
    return true
  }

  succeed(): void {
    if (this.#read === undefined) this.#resolve(undefined as V)
    else this.fail(({ name, subject }) => new SystemError(`receive ${name}`, errno.ENOMSG, subject))
  }

  lose(): void {}

  fail(reason: Reason): void {
    this.#reject(reason(typeof this.#request === 'function' ? UNNAMED : this.#request))
  }

  release(): void {
    this.#unlisten?.()
    this.#options?.release?.()
  }
}
