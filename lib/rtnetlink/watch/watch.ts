/**
 * Follows objects through the kernel's notifications.
 *
 * The state is listed once after the groups have been joined, and then kept up to date from messages. It is listed
 * again, and only the difference is reported,
 * - entirely, after an overrun of the socket's buffer (ENOBUFS),
 * - in part, after messages that imply removals that the kernel does not announce (`silentRemovals`).
 * Listings back off exponentially, which bounds the load on a busy machine.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { messageFlag, rtm, rtmName, rtnlgrp } from '../../../protocol/index.js'
import {
  isDumpInterruptedError,
  type OnMessage,
  type Subscription,
  tickBudgetSpent,
  yieldToEventLoop,
} from '../../connection/index.js'
import { listNsids, readNsid } from '../../netns/ids.js'
import type { Context } from '../context.js'
import { messageTypes, type Part } from '../object/description.js'
import type { WatchedDescription } from './objects.js'
import { type AnyChange, type AnyValue, WatchState } from './state.js'

/** The initial listing, or the one after an overrun, is complete; what follows are changes. */
export interface Synced {
  readonly type: 'synced'
}

/** The socket's buffer overran. Everything is listed again; the differences and `synced` follow. */
export interface Overrun {
  readonly type: 'overrun'
}

export interface WatchOptions {
  /** Ends the watch: the iteration throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Also follows all namespaces that have an id in this one; their events carry that id as `nsid`. */
  readonly allNamespaces?: boolean | undefined
}

/** The minimum time between two listings, ms. It doubles while listings are frequent. */
const RESYNC_MIN_MS = 50
const RESYNC_MAX_MS = 2000

/** The id of a namespace; undefined for the connection's own. */
type NamespaceId = number | undefined

type AnyEvent = AnyChange | Synced | Overrun

/** A kind of object that is watched, with the types of its messages. */
interface Watched {
  readonly description: WatchedDescription<AnyValue>
  readonly types: Readonly<Record<Part, number>>
  /** The types of messages that imply removals that the kernel does not announce. */
  readonly after: readonly number[]
}

/** Watches the described kinds of objects. */
export async function* watch(
  context: Context,
  descriptions: readonly WatchedDescription<AnyValue>[],
  options: WatchOptions,
): AsyncGenerator<AnyEvent, void, undefined> {
  using watcher = new Watcher(context, descriptions, options)
  yield* watcher.events()
}

class Watcher implements Disposable {
  readonly #context: Context
  readonly #watched: readonly Watched[]
  readonly #options: WatchOptions
  readonly #subscription: Subscription
  readonly #states = new Map<string, WatchState>()
  /** Changes that have been read and not yet been reported. */
  readonly #pending: AnyEvent[] = []
  /** The kinds of objects that may have lost some silently since they were listed. */
  readonly #stale = new Set<Watched>()
  #resyncDelay = RESYNC_MIN_MS
  #listedAt = 0

  constructor(
    context: Context,
    descriptions: readonly WatchedDescription<AnyValue>[],
    options: WatchOptions,
  ) {
    this.#context = context
    this.#watched = descriptions.map((description) => ({
      description,
      types: messageTypes(description.messages),
      after: (description.watch.silentRemovals?.after ?? []).map((name) => rtm[name]),
    }))
    this.#options = options
    const groups = new Set(
      descriptions.flatMap(({ watch }) => [...watch.groups, ...(watch.silentRemovals?.groups ?? [])]),
    )
    if (options.allNamespaces) groups.add('nsid')
    this.#subscription = context.connection.subscribe(
      [...groups].map((group) => rtnlgrp[group]),
      options,
    )
  }

  async *events(): AsyncGenerator<AnyEvent, void, undefined> {
    yield* this.#listAll()
    for (;;) {
      const found = this.#subscription.read(this.#onMessage)
      if (tickBudgetSpent()) await yieldToEventLoop()
      // One at a time: the consumer's pace decides when the socket is read again.
      for (const event of this.#pending.splice(0)) yield event
      if (found === 'overrun') {
        yield { type: 'overrun' }
        await this.#backOff()
        yield* this.#listAll()
      } else if (found === 'nothing') {
        if (this.#stale.size > 0) yield* this.#listStale()
        else await this.#subscription.readable()
      }
    }
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
  }

  readonly #onMessage: OnMessage = (type, flags, view, at, length, nsid) => {
    for (const watched of this.#watched) {
      const { description, types, after } = watched
      if (after.includes(type)) this.#stale.add(watched)
      const added = type === types.new
      if (!added && type !== types.del) continue
      const { read, watch } = description
      const value = read(view, at, length)
      if (value === undefined || watch.matches?.(value) === false) continue
      const state = this.#state(description, nsid)
      const change = added ? state.add(value, (flags & messageFlag.replace) !== 0) : state.remove(value)
      if (change) this.#pending.push(change)
    }
  }

  /** Lists everything and reports how it differs from what was reported so far. */
  async *#listAll(): AsyncGenerator<AnyEvent, void, undefined> {
    // Messages that are still queued predate the listing.
    while (this.#subscription.read(() => {}) !== 'nothing') if (tickBudgetSpent()) await yieldToEventLoop()
    this.#listedAt = performance.now()
    const namespaces: NamespaceId[] = [undefined, ...(this.#options.allNamespaces ? await this.#nsids() : [])]
    for (const nsid of namespaces) {
      for (const watched of this.#watched) {
        const { description } = watched
        if (nsid !== undefined && description.watch.target === undefined) continue
        const listing = await this.#list(watched, nsid, description.watch.request)
        yield* this.#state(description, nsid).reconcile(listing)
      }
    }
    yield { type: 'synced' }
  }

  /** Lists the kinds of objects that may have lost some silently. */
  async *#listStale(): AsyncGenerator<AnyEvent, void, undefined> {
    await this.#backOff()
    const stale = [...this.#stale]
    this.#stale.clear()
    this.#listedAt = performance.now()
    for (const watched of stale) {
      const { description } = watched
      const { silentRemovals } = description.watch
      if (silentRemovals === undefined) continue
      const listing = await this.#list(watched, undefined, silentRemovals.request)
      yield* this.#state(description, undefined).reconcile(listing, silentRemovals.matches)
    }
  }

  /** Exponential backoff between listings. */
  async #backOff(): Promise<void> {
    const passed = performance.now() - this.#listedAt
    const closely = passed < 10 * this.#resyncDelay
    this.#resyncDelay = closely ? Math.min(this.#resyncDelay * 2, RESYNC_MAX_MS) : RESYNC_MIN_MS
    if (passed >= this.#resyncDelay) return
    const { signal } = this.#options
    await sleep(this.#resyncDelay - passed, undefined, signal ? { signal } : {})
  }

  async #list(
    { description: { codec, read, watch }, types }: Watched,
    nsid: NamespaceId,
    request: object | undefined,
  ): Promise<AnyValue[]> {
    const target = nsid === undefined || !watch.target ? {} : { [watch.target]: nsid }
    const value = { family: 'unspec', ...request, ...target }
    for (;;) {
      try {
        return await this.#context.connection
          .dump({ type: types.get, name: rtmName(types.get), codec, value }, read)
          .toArray()
      } catch (error) {
        // An interrupted dump may omit unchanged objects, which would be reported as removed. Retry after a backoff.
        if (!isDumpInterruptedError(error)) throw error
        await this.#backOff()
      }
    }
  }

  async #nsids(): Promise<number[]> {
    return this.#context.connection.dump(listNsids(), readNsid).toArray()
  }

  #state(description: WatchedDescription<AnyValue>, nsid: NamespaceId): WatchState {
    const key = `${description.name} ${nsid}`
    let state = this.#states.get(key)
    if (state === undefined) {
      state = new WatchState(description.name, description.watch, nsid)
      this.#states.set(key, state)
    }
    return state
  }
}
