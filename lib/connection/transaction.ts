import { brand, errorGuard } from '../../protocol/errors.js'
import { type ErrorMessage, errno, messageFlag, type Writer } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { MESSAGES_LOST } from './errors.js'
import type { Job, JobState, Reason, Sent } from './job.js'
import { NetlinkError } from './netlink-error.js'
import { encodeRequest, type Request } from './request.js'
import { snapshot } from './snapshot.js'

/** A request of a transaction that the kernel refused. */
export interface TransactionFailure {
  /** Its index among the requests. */
  readonly index: number
  readonly error: NetlinkError
}

/** The kernel refused some requests of a transaction, and carried out none. */
export class TransactionError extends AggregateError {
  override readonly name = 'TransactionError'
  /** The code of the first refusal: `'EEXIST'`. */
  readonly code: string
  readonly failures: readonly TransactionFailure[]

  static {
    brand(TransactionError)
  }

  constructor(failures: readonly TransactionFailure[], count: number) {
    const [first] = failures
    super(
      failures.map(({ error }) => error),
      `nothing was changed: the kernel refused ${failures.length} of ${count} requests; the first is request ${first?.index}: ${first?.error.message}`,
    )
    this.code = first?.error.code ?? 'EINVAL'
    this.failures = failures
  }
}

export const isTransactionError = errorGuard<TransactionError>('TransactionError')

/**
 * Requests between a begin and an end, which the kernel carries out as one or not at all (nfnetlink's batches). It
 * reports each refusal; only the last request asks for an ACK, so an answer to that one proves that all were handled.
 */
export class Transaction implements Job {
  state: JobState = 'waiting'
  first = 0
  count = 0
  readonly waitsFor = 'nothing'
  readonly alone = true
  readonly acknowledged = false
  readonly cost = 0
  readonly blocking = true
  readonly changesNames = false
  readonly #begin: Request
  #requests: readonly Request[]
  readonly #end: Request
  readonly #failures: TransactionFailure[] = []
  readonly #echoes: unknown[] = []
  #lost = false
  readonly #resolve: (echoes: readonly unknown[]) => void
  readonly #reject: (error: unknown) => void

  /** @param requests at least one */
  constructor(
    begin: Request,
    requests: readonly Request[],
    end: Request,
    resolve: (echoes: readonly unknown[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#begin = begin
    this.#requests = requests
    this.#end = end
    this.#resolve = resolve
    this.#reject = reject
  }

  keep(): void {
    this.#requests = this.#requests.map((request) => ({ ...request, value: snapshot(request.value) }))
  }

  prepare(): void {}

  encode(out: Writer): void {
    const last = this.#requests.length - 1
    encodeRequest(out, this.#begin)
    for (const [index, request] of this.#requests.entries()) {
      encodeRequest(out, request, index === last ? messageFlag.ack : 0)
    }
    encodeRequest(out, this.#end)
    this.count = this.#requests.length + 2
  }

  acknowledge(message: number, answer: ErrorMessage, sent: Sent): boolean {
    const index = message - 1
    const request = this.#requests[Math.max(index, 0)]
    if (request === undefined) return false
    if (answer.errno !== 0) {
      const error = new NetlinkError(request, answer, sent.message(this.first + message))
      this.#failures.push({ index, error })
    }
    // A refusal of the begin concerns all requests: not permitted, another generation, no such subsystem.
    if (index >= 0 && index < this.#requests.length - 1) return false
    const error = this.#error()
    if (error === undefined && this.#lost) this.fail(MESSAGES_LOST)
    else if (error === undefined) this.#resolve(this.#echoes)
    else this.#reject(error)
    return true
  }

  /** Echoes come before the acknowledgement. */
  reply(message: number, type: number, view: DataView, at: number, length: number): boolean {
    const request = this.#requests[message - 1]
    // The kernel also announces the new generation, with the same sequence number.
    if (request?.echo && type === request.type) this.#echoes.push(request.echo(view, at, length))
    return false
  }

  /** A later message was answered, and the transaction was not: its outcome is unknown. */
  succeed(): void {
    this.fail(({ name, subject }) => new SystemError(`receive ${name}`, errno.ENOMSG, subject))
  }

  lose(): void {
    this.#lost = true
  }

  repeats(): boolean {
    return false
  }

  fail(reason: Reason): void {
    this.#reject(reason(this.#requests[0] as Request))
  }

  release(): void {}

  #error(): unknown {
    const [first] = this.#failures
    if (first === undefined) return undefined
    return this.#requests.length === 1 || first.index < 0
      ? first.error
      : new TransactionError(this.#failures, this.#requests.length)
  }
}
