import type { ErrorMessage, Writer } from '../../protocol/index.js'
import type { Request } from './request.js'

/** What leaves in one system call: encoded requests, and who takes their answers. */
export interface Flight {
  readonly out: Writer
  /** The first sequence number; the others follow. */
  readonly first: number
  /** How many requests it holds. */
  readonly count: number
  /** How many are still without an answer. */
  readonly open: number
  /** It holds the kernel for long: sent from another thread. */
  readonly blocking: boolean
  /** Names of links mean something else afterwards. */
  readonly changesNames: boolean
  /** The kernel acted, or refused (`errno` is not 0). */
  acknowledge(sequence: number, answer: ErrorMessage): void
  /** The kernel answered with a message. @throws DecodeError, after the request has been ended with it */
  reply(type: number, sequence: number, view: DataView, at: number, length: number): void
  /** Nothing more will come for those that have no answer. */
  fail(error: (request: Request) => unknown): void
}
