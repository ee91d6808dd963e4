import { brand, errorGuard } from '../../protocol/errors.js'
import { type ErrorMessage, messageFlag, type Writer } from '../../protocol/index.js'
import type { Flight } from './flight.js'
import { NetlinkError } from './netlink-error.js'
import type { Request } from './request.js'
import { encodeRequest } from './window.js'

/** A request of a transaction that the kernel refused. */
export interface TransactionFailure {
  /** Its place among the requests. */
  readonly index: number
  readonly error: NetlinkError
}

/** The kernel refused some of a transaction's requests, and did none. */
export class TransactionError extends AggregateError {
  override readonly name = 'TransactionError'
  /** The first refusal's: `'EEXIST'` and its kin. */
  readonly code: string
  readonly failures: readonly TransactionFailure[]

  static {
    brand(TransactionError)
  }

  constructor(failures: readonly TransactionFailure[], count: number) {
    const [first] = failures
    super(
      failures.map(({ error }) => error),
      `nothing was done: ${failures.length} of ${count} refused; first, number ${first?.index}: ${first?.error.message}`,
    )
    this.code = first?.error.code ?? 'EINVAL'
    this.failures = failures
  }
}

export const isTransactionError = errorGuard<TransactionError>('TransactionError')

/**
 * Requests between a begin and an end, which the kernel carries out as one or not at all (nfnetlink's batches). What is
 * refused is said of each; that the last of them is answered says that all are.
 */
export class Transaction implements Flight {
  readonly out: Writer
  readonly first: number
  readonly count: number
  readonly blocking = true
  readonly changesNames = false
  open = 1
  readonly #requests: readonly Request[]
  readonly #failures: TransactionFailure[] = []
  readonly #echoes: unknown[] = []
  readonly #settle: (error: unknown, echoes: readonly unknown[]) => void

  /** @throws EncodeError */
  constructor(
    first: number,
    out: Writer,
    begin: Request,
    requests: readonly Request[],
    end: Request,
    settle: (error: unknown, echoes: readonly unknown[]) => void,
  ) {
    this.first = first
    this.out = out
    this.count = requests.length + 2
    this.#requests = requests
    this.#settle = settle
    out.at = 0
    encodeRequest(out, begin, 0, first)
    for (const [index, request] of requests.entries()) {
      const ack = index === requests.length - 1 ? messageFlag.ack : 0
      encodeRequest(out, request, ack, first + 1 + index)
    }
    encodeRequest(out, end, 0, first + 1 + requests.length)
  }

  acknowledge(sequence: number, answer: ErrorMessage): void {
    const index = ((sequence - this.first) >>> 0) - 1
    const request = this.#requests[Math.max(index, 0)]
    if (this.open === 0 || request === undefined) return
    if (answer.errno !== 0) this.#failures.push({ index, error: new NetlinkError(request, answer) })
    // What is said of the begin is said of all: not permitted, another generation, no such subsystem.
    if (index >= 0 && index < this.#requests.length - 1) return
    this.open = 0
    this.#settle(this.#error(), this.#echoes)
  }

  /** What the kernel tells of itself comes before the answers. */
  reply(type: number, sequence: number, view: DataView, at: number, length: number): void {
    const request = this.#requests[((sequence - this.first) >>> 0) - 1]
    // Of the new generation it tells as well.
    if (request?.echo && type === request.type) this.#echoes.push(request.echo(view, at, length))
  }

  fail(error: (request: Request) => unknown): void {
    if (this.open === 0) return
    this.open = 0
    this.#settle(error(this.#requests[0] as Request), [])
  }

  #error(): unknown {
    const [first] = this.#failures
    if (first === undefined) return undefined
    return this.#requests.length === 1 || first.index < 0
      ? first.error
      : new TransactionError(this.#failures, this.#requests.length)
  }
}
