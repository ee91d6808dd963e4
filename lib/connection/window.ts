import { beginMessage, endMessage, messageFlag, type Owner, type Writer } from '../../protocol/index.js'
import type { Request } from './request.js'

/** What the kernel charges for an acknowledgement that waits to be read, bytes (measured). */
export const ACK_COST = 832
/** The same for an answer that carries a message: a link with all its statistics. */
export const REPLY_COST = 16 * 1024
/** The most that is sent in one system call, bytes. */
export const WINDOW_BYTES = 256 * 1024

/** A message is nobody's member. */
export const NO_OWNER: Owner = Object.freeze({})

/** A request on its way, and whom to tell. */
export interface Pending {
  readonly request: Request
  /** Takes the answering message's payload; absent where only an acknowledgement is expected. */
  readonly reply: ((view: DataView, at: number, length: number) => unknown) | undefined
  resolve(value: unknown): void
  reject(error: unknown): void
  done: boolean
}

/** Requests that leave in one system call; sequence numbers follow each other from `first`. */
export class Window {
  readonly out: Writer
  readonly pending: Pending[] = []
  readonly first: number
  /** What the answers will take of the receive buffer, bytes. */
  cost = 0
  slow = false
  renames = false
  /** How many are still without an answer. */
  open = 0

  constructor(first: number, out: Writer) {
    this.first = first
    this.out = out
    out.at = 0
  }

  /** Encodes a request behind the others. @throws EncodeError, and the window is as it was */
  add(pending: Pending): void {
    const { out } = this
    const { request } = pending
    const start = out.at
    try {
      const ack = pending.reply ? 0 : messageFlag.ack
      const flags = messageFlag.request | ack | (request.flags ?? 0)
      beginMessage(out, request.type, flags, this.first + this.pending.length)
      request.codec.encode(out, request.value as never, NO_OWNER)
      endMessage(out, start)
    } catch (error) {
      out.at = start
      throw error
    }
    this.pending.push(pending)
    this.open++
    this.cost += pending.reply ? REPLY_COST : ACK_COST
    this.slow ||= request.slow === true
    this.renames ||= request.renames === true
  }

  /** Whether another request, of unknown size, may join. */
  hasRoom(budget: number): boolean {
    return this.out.at < WINDOW_BYTES && this.cost + REPLY_COST <= budget
  }

  /** The request that this sequence number belongs to, unless it has its answer already. */
  find(sequence: number): Pending | undefined {
    const pending = this.pending[(sequence - this.first) >>> 0]
    return pending?.done ? undefined : pending
  }

  /** Ends a request: its promise is settled by the caller. */
  finish(pending: Pending): void {
    pending.done = true
    this.open--
  }

  /** Rejects all that have no answer. */
  fail(error: (request: Request) => unknown): void {
    for (const pending of this.pending) {
      if (pending.done) continue
      this.finish(pending)
      pending.reject(error(pending.request))
    }
  }
}
