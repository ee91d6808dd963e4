import {
  beginMessage,
  type ErrorMessage,
  endMessage,
  messageFlag,
  type Parent,
  type Writer,
} from '../../protocol/index.js'
import type { Flight } from './flight.js'
import { refusalOf } from './netlink-error.js'
import type { Read, Request } from './request.js'

/** What the kernel charges for an acknowledgement that waits to be read, bytes (measured). */
export const ACK_COST = 832
/** The same for an answer that carries a message: a link with all its statistics. */
export const REPLY_COST = 16 * 1024
/** The most that is sent in one system call, bytes. */
export const WINDOW_BYTES = 256 * 1024

/** A message is nobody's member. */
export const NO_OWNER: Parent = Object.freeze({})

/** A request on its way, and whom to tell. */
export interface Pending {
  readonly request: Request
  /** Takes the answering message's payload; absent where only an acknowledgement is expected. */
  readonly reply: Read<unknown> | undefined
  resolve(value: unknown): void
  reject(error: unknown): void
  done: boolean
}

/** Requests that each have a promise. */
export class Window implements Flight {
  readonly out: Writer
  readonly first: number
  /** What the answers will take of the receive buffer, bytes. */
  cost = 0
  blocking = false
  changesNames = false
  open = 0
  readonly #pending: Pending[] = []

  constructor(first: number, out: Writer) {
    this.first = first
    this.out = out
    out.at = 0
  }

  get count(): number {
    return this.#pending.length
  }

  /** Encodes a request behind the others. @throws EncodeError, and the window is as it was */
  add(pending: Pending): void {
    const { request, reply } = pending
    encodeRequest(this.out, request, reply ? 0 : messageFlag.ack, this.first + this.count)
    this.#pending.push(pending)
    this.open++
    this.cost += reply ? REPLY_COST : ACK_COST
    this.blocking ||= request.blocking === true
    this.changesNames ||= request.changesNames === true
  }

  /** Whether a request of this sort, of unknown size, may join. */
  takes(blocking: boolean, budget: number): boolean {
    if (this.count > 0 && this.blocking !== blocking) return false
    return this.out.at < WINDOW_BYTES && this.cost + REPLY_COST <= budget
  }

  acknowledge(sequence: number, answer: ErrorMessage): void {
    const pending = this.#take(sequence)
    if (answer.errno === 0) pending?.resolve(undefined)
    else pending?.reject(refusalOf(pending.request, answer))
  }

  reply(_type: number, sequence: number, view: DataView, at: number, length: number): void {
    const pending = this.#pending[(sequence - this.first) >>> 0]
    if (pending === undefined || pending.done || pending.reply === undefined) return
    this.#take(sequence)
    try {
      pending.resolve(pending.reply(view, at, length))
    } catch (error) {
      pending.reject(error)
    }
  }

  fail(error: (request: Request) => unknown): void {
    for (const pending of this.#pending) {
      if (pending.done) continue
      this.open--
      pending.done = true
      pending.reject(error(pending.request))
    }
  }

  /** The request that this sequence number belongs to, ended; undefined where it has its answer already. */
  #take(sequence: number): Pending | undefined {
    const pending = this.#pending[(sequence - this.first) >>> 0]
    if (pending === undefined || pending.done) return undefined
    pending.done = true
    this.open--
    return pending
  }
}

/** Writes one request at the writer's end. @throws EncodeError, and the writer is as it was */
export function encodeRequest(out: Writer, request: Request, flags: number, sequence: number): number {
  const start = out.at
  try {
    beginMessage(out, request.type, messageFlag.request | flags | (request.flags ?? 0), sequence)
    request.codec.encode(out, request.value as never, NO_OWNER)
    endMessage(out, start)
    return start
  } catch (error) {
    out.at = start
    throw error
  }
}
