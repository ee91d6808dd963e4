import {
  type AnyCodec,
  beginMessage,
  endMessage,
  messageFlag,
  type Parent,
  type Writer,
} from '../../protocol/index.js'
import type { NetlinkError } from './netlink-error.js'
import type { Place } from './place.js'

/**
 * Reads the payload of a message that answers. The memory is reused afterwards: copy whatever is kept.
 * @throws {@link DecodeError} when the payload is malformed
 */
export type Read<V> = (view: DataView, at: number, length: number) => V

/** An argument as the caller wrote it: `elements.1`, `"10.0.0.0/8"`. */
export interface GivenValue {
  readonly argument: string
  readonly text: string
}

/** A message to the kernel. */
export interface Request {
  /** Its number: `rtm.newlink`. */
  readonly type: number
  /** Its name, for errors: `RTM_NEWLINK`. */
  readonly name: string
  /** The object that it concerns, for errors: `veth0`. */
  readonly subject?: string | undefined
  /** NLM_F_*, besides NLM_F_REQUEST and what the connection itself adds. */
  readonly flags?: number | undefined
  readonly codec: AnyCodec
  readonly value: object
  /** Within a transaction: reads the object that the kernel created, if NLM_F_ECHO asks for it. */
  readonly echo?: Read<unknown> | undefined
  /** Listings only: the error code of the kernel for an empty list. */
  readonly emptyCode?: string | undefined
  /**
   * Finds the argument that an attribute of the message was made from, and its text: errors show these, instead of the
   * attribute and its bytes.
   */
  readonly given?: ((path: readonly string[]) => GivenValue | undefined) | undefined
  /** Maps the kernel's refusal to the error that the caller gets, if not the {@link NetlinkError} itself. */
  readonly refused?: ((error: NetlinkError) => Error) | undefined
  /** The kernel may take milliseconds over it (deleting or moving a link), so it is sent from the thread pool. */
  readonly blocking?: boolean | undefined
  /** Afterwards, link names may refer to other links: requests that use names wait for its answer. */
  readonly changesNames?: boolean | undefined
}

/** How a request is queued. */
export interface JobOptions {
  /** Rejects the request with the signal's reason. It is not sent; if it has been, its answer is ignored. */
  readonly signal?: AbortSignal | undefined
  /** It is built only when no earlier request that changes names is unanswered. */
  readonly usesNames?: boolean | undefined
  /** As {@link Request.changesNames}. */
  readonly changesNames?: boolean | undefined
  /** As {@link Request.blocking}. */
  readonly blocking?: boolean | undefined
  /** For questions that the kernel may leave without an answer: an acknowledgement settles them then. */
  readonly acknowledged?: boolean | undefined
  /** For changes that are echoed (NLM_F_ECHO): the answer is undefined where the kernel does not, or it was lost. */
  readonly echoed?: boolean | undefined
  /** The operation that the request is part of. */
  readonly place?: Place | undefined
  /** Called once, when the request has been answered or dropped: closes the files that it refers to. */
  readonly release?: (() => void) | undefined
}

/**
 * A request, or a function that builds it from an argument when it is encoded, after the earlier requests that change
 * names. If that is later than the call, the argument is a copy: the caller may have changed it since.
 */
export type Buildable<R, A> = R | ((argument: A) => R)

/** The parent of a top-level message: none. */
export const NO_PARENT: Parent = Object.freeze({})

/**
 * Writes one request at the writer's end, with the sequence number 0. Returns its offset.
 * @throws {@link EncodeError} when the value cannot be sent; nothing is written then
 */
export function encodeRequest(out: Writer, request: Request, flags = 0): number {
  const start = out.at
  try {
    beginMessage(out, request.type, messageFlag.request | flags | (request.flags ?? 0), 0)
    request.codec.encode(out, request.value as never, NO_PARENT)
    endMessage(out, start)
    return start
  } catch (error) {
    out.at = start
    throw error
  }
}
