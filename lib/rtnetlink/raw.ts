import { copyOf } from '../../protocol/codec/writer.js'
import { type AnyCodec, messageFlag, rtm, type Value } from '../../protocol/index.js'
import {
  type Dump,
  type Read,
  Stream,
  type SubscribeOptions,
  type Subscription,
  tickBudgetSpent,
  yieldToEventLoop,
} from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import { assertBoolean, assertInteger, assertKnownKeys } from '../options.js'
import type { Context } from './context.js'

/** A message to the kernel of any type. */
export interface RawRequest<C extends AnyCodec = AnyCodec> {
  /** The message type, RTM_*: `rtm.getlink`. */
  readonly type: number
  /** NLM_F_* besides NLM_F_REQUEST and those that the call adds. */
  readonly flags?: number | undefined
  /** The codec of the payload; `bytes()` sends raw bytes. */
  readonly codec: C
  readonly value: object
  /** The kernel takes long (it waits for an RCU grace period): the request is sent from the thread pool. */
  readonly blocking?: boolean | undefined
  /** Rejects with the signal's reason; a request that has not been sent is dropped. */
  readonly signal?: AbortSignal | undefined
}

/** A message of a multicast group. */
export interface RawMessage {
  readonly type: number
  readonly flags: number
  readonly payload: Uint8Array
  /** The id of the namespace that it concerns, where that is not the connection's. */
  readonly nsid?: number
}

/** The socket's buffer overran: messages were lost. */
export interface RawOverrun {
  readonly type: 'overrun'
}

/**
 * Direct access to netlink, for what the API does not cover: send any message, receive any message, subscribe to any
 * group. Codecs, message types and groups are in `rtnetlink/protocol`.
 */
export class Raw {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /**
   * Sends a request that is answered by an acknowledgement.
   * @throws {@link EncodeError} when the value cannot be sent
   * @throws {@link NetlinkError} when the kernel refuses
   */
  async request(request: RawRequest): Promise<void> {
    return this.#context.connection.request(single(request), { signal: request.signal })
  }

  /**
   * Sends a request that is answered by one message, which `reply` decodes. If the kernel only acknowledges it, that is
   * an `ENOMSG`.
   * @throws {@link EncodeError} when the value cannot be sent
   * @throws {@link DecodeError} when the answer is not what `reply` reads
   * @throws {@link NetlinkError} when the kernel refuses
   */
  async query<C extends AnyCodec>(request: RawRequest, reply: C): Promise<Value<C>> {
    return this.#context.connection.query(single(request), readBy(reply), {
      signal: request.signal,
      acknowledged: true,
    })
  }

  /** Sends a request that is answered by a listing (NLM_F_DUMP); `reply` decodes each message. */
  dump<C extends AnyCodec>(request: RawRequest, reply: C): Dump<Value<C>> {
    return this.#context.connection.dump(named(request), readBy(reply), { signal: request.signal })
  }

  /**
   * Subscribes to multicast groups by their numbers (`rtnlgrp.link`). Messages that come between the call and the first
   * iteration are not lost. The first `next` rejects with
   * - {@link ArgumentError} when a group or an option is invalid, {@link SystemError} when a group cannot be joined
   * - {@link ClosedError} when the connection is closed; the signal's reason when it is aborted
   */
  listen(
    groups: readonly number[],
    options: SubscribeOptions = {},
  ): AsyncGenerator<RawMessage | RawOverrun, void, undefined> {
    try {
      assertKnownKeys(options, ['signal', 'allNamespaces'], 'options')
      assertBoolean('options.allNamespaces', options.allNamespaces)
      assertGroups(groups)
      const subscription = this.#context.connection.subscribe(groups, options)
      const stop = () => subscription[Symbol.dispose]()
      return new Stream({ batches: messagesOf(subscription), stop }, options.signal)
    } catch (error) {
      return new Stream<RawEvent>(() => {
        throw error
      })
    }
  }
}

const GROUP_MAX = 0x7fffffff

function assertGroups(groups: readonly number[]): void {
  if (!Array.isArray(groups)) throw new ArgumentError('groups', groups, 'an array of numbers: [rtnlgrp.link]')
  for (const [i, group] of groups.entries()) assertInteger(`groups.${i}`, group, 1, GROUP_MAX)
}

type RawEvent = RawMessage | RawOverrun

async function* messagesOf(subscription: Subscription): AsyncGenerator<Iterator<RawEvent>, void, undefined> {
  for (;;) {
    const events: RawEvent[] = []
    const found = subscription.read((type, flags, view, at, length, nsid) => {
      const payload = copyOf(view, at, length)
      events.push({ type, flags, payload, ...(nsid === undefined ? {} : { nsid }) })
    })
    if (tickBudgetSpent()) await yieldToEventLoop()
    if (found === 'overrun') events.push({ type: 'overrun' })
    yield events.values()
    if (found === 'nothing') await subscription.readable()
  }
}

function readBy<C extends AnyCodec>(codec: C): Read<Value<C>> {
  return (view, at, length) => codec.decode(view, at, length, {}) as Value<C>
}

const REQUEST_KEYS = ['type', 'flags', 'codec', 'value', 'blocking', 'signal'] as const

/** After these, names may refer to other links: requests that use names wait for the answer. */
const CHANGES_NAMES: readonly number[] = [
  rtm.newlink,
  rtm.dellink,
  rtm.setlink,
  rtm.newlinkprop,
  rtm.dellinkprop,
]

function named(request: RawRequest) {
  assertKnownKeys(request, REQUEST_KEYS, 'request')
  assertInteger('request.type', request.type, 0, 0xffff)
  if (request.flags !== undefined) assertInteger('request.flags', request.flags, 0, 0xffff)
  assertBoolean('request.blocking', request.blocking)
  if (typeof request.codec?.encode !== 'function') {
    throw new ArgumentError('request.codec', request.codec, 'a codec')
  }
  return {
    ...request,
    name: `message of type ${request.type}`,
    changesNames: CHANGES_NAMES.includes(request.type),
  }
}

/** The types of one kind of object are NEW, DEL, GET and SET in a row. */
const GET = 2

/** NLM_F_DUMP would have the kernel answer with a listing, among the answers to other requests. */
function single(request: RawRequest) {
  const one = named(request)
  const { type, flags = 0 } = request
  if (type % 4 === GET && (flags & messageFlag.dump) !== 0) {
    throw new ArgumentError('request.flags', flags, 'without NLM_F_DUMP (0x300): use raw.dump for listings')
  }
  return one
}
