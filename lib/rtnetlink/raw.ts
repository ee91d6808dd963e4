import { copyOf } from '../../protocol/codec/writer.js'
import type { AnyCodec, Value } from '../../protocol/index.js'
import {
  type Dump,
  type Read,
  type SubscribeOptions,
  tickBudgetSpent,
  yieldToEventLoop,
} from '../connection/index.js'
import type { Context } from './context.js'

/** A message to the kernel, of whatever type. */
export interface RawRequest<C extends AnyCodec = AnyCodec> {
  /** Its number: RTM_*, `rtm.getlink`. */
  readonly type: number
  /** NLM_F_*, besides NLM_F_REQUEST and what the call itself adds. */
  readonly flags?: number | undefined
  /** What writes the payload; `bytes()` of the protocol takes it as it is. */
  readonly codec: C
  readonly value: object
  /** It holds the kernel for long: sent from another thread. */
  readonly blocking?: boolean | undefined
  /** Ends the wait, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** A message of a multicast group. */
export interface RawMessage {
  readonly type: number
  readonly flags: number
  readonly payload: Uint8Array
  /** The id of the namespace that it is about, where that is not the one of the connection. */
  readonly nsid?: number
}

/** Messages were lost: the kernel's buffer was full. */
export interface RawOverrun {
  readonly type: 'overrun'
}

/**
 * Netlink as it is, for tools that this API has no words for yet: any message is sent, any is received, any group is
 * heard. Codecs, types and groups are in `rtnetlink/protocol`.
 */
export class Raw {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** Sends a request that is only acknowledged. @throws EncodeError, NetlinkError, TimeoutError, ClosedError */
  request(request: RawRequest): Promise<void> {
    return this.#context.connection.request(named(request), { signal: request.signal })
  }

  /** Sends a request that one message answers. @throws EncodeError, DecodeError, NetlinkError, TimeoutError, ClosedError */
  query<C extends AnyCodec>(request: RawRequest, reply: C): Promise<Value<C>> {
    return this.#context.connection.query(named(request), readBy(reply), { signal: request.signal })
  }

  /** Asks for all there is, one message each. @throws as {@link Dump} does */
  dump<C extends AnyCodec>(request: RawRequest, reply: C): Dump<Value<C>> {
    return this.#context.connection.dump(named(request), readBy(reply), { signal: request.signal })
  }

  /**
   * Hears multicast groups, by their numbers (`rtnlgrp.link`), from now on.
   * @throws SystemError, ClosedError; the signal's reason
   */
  listen(
    groups: readonly number[],
    options: SubscribeOptions = {},
  ): AsyncGenerator<RawMessage | RawOverrun, void, undefined> {
    // Joined now, not when the first message is asked for.
    const listener = this.#context.connection.subscribe(groups, options)
    return (async function* () {
      using open = listener
      const heard: RawMessage[] = []
      for (;;) {
        const found = open.read((type, flags, view, at, length, nsid) => {
          heard.push({
            type,
            flags,
            payload: copyOf(view, at, length),
            ...(nsid === undefined ? {} : { nsid }),
          })
        })
        if (tickBudgetSpent()) await yieldToEventLoop()
        yield* heard.splice(0)
        if (found === 'overrun') yield { type: 'overrun' }
        else if (found === 'nothing') await open.readable()
      }
    })()
  }
}

function readBy<C extends AnyCodec>(codec: C): Read<Value<C>> {
  return (view, at, length) => codec.decode(view, at, length, {}) as Value<C>
}

function named(request: RawRequest) {
  return { ...request, name: `message of type ${request.type}` }
}
