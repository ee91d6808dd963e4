import { setTimeout as sleep } from 'node:timers/promises'
import { messageFlag, rtm, rtmName, rtnlgrp } from '../../../protocol/index.js'
import {
  DumpInterruptedError,
  type Subscription,
  tickBudgetSpent,
  yieldToEventLoop,
} from '../../connection/index.js'
import { ArgumentError } from '../../errors.js'
import type { Context } from '../context.js'
import type { Nsids } from '../nsid/object.js'
import { type Change, WatchState } from './state.js'
import { type Watchable, watchTables } from './tables.js'

type Sort = keyof Watchable

/** All that there is has been told: what comes now is news. Again after each overrun. */
export interface Synced {
  readonly type: 'synced'
}

/** The kernel had more to say than its buffer holds. Everything is listed anew, and the difference told. */
export interface Overrun {
  readonly type: 'overrun'
}

export type WatchEvent<K extends Sort = Sort> = Change<K> | Synced | Overrun

export interface WatchOptions {
  /** Ends it: the iteration throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Also what happens in all namespaces that have an id in this one: those events carry its `nsid`. */
  readonly allNamespaces?: boolean | undefined
}

/** The least time between two listings, ms; it doubles while one overrun follows the other. */
const CALM = 50
const CALM_MAX = 2000

/** The namespace of the connection, among the ids of others. */
type Place = number | undefined

/**
 * Tells of links, addresses, routes and rules: first all there are, then what happens to them, with nothing lost between. Holds
 * what it has told of, to know the difference, and nothing else: who is slow is told of an overrun.
 */
export async function* watch<K extends Sort>(
  context: Context,
  nsids: Nsids,
  sorts: readonly K[],
  options: WatchOptions,
): AsyncGenerator<WatchEvent<K>, void, undefined> {
  for (const sort of sorts) {
    if (!Object.hasOwn(watchTables, sort)) {
      throw new ArgumentError('sorts', sort, `one of ${Object.keys(watchTables).join(', ')}`)
    }
  }
  using watcher = new Watcher(context, nsids, sorts, options)
  yield* watcher.events()
}

class Watcher<K extends Sort> implements Disposable {
  readonly #context: Context
  readonly #nsids: Nsids
  readonly #sorts: readonly K[]
  readonly #options: WatchOptions
  readonly #listener: Subscription
  readonly #states = new Map<string, WatchState<K>>()
  readonly #news: WatchEvent<K>[] = []
  /** Routes that went with a link or an address, of which the kernel does not tell. */
  #routesWent = false
  #calm = CALM
  #listedAt = 0

  constructor(context: Context, nsids: Nsids, sorts: readonly K[], options: WatchOptions) {
    this.#context = context
    this.#nsids = nsids
    this.#sorts = sorts
    this.#options = options
    const groups = new Set(sorts.flatMap((sort) => watchTables[sort].groups))
    if (this.#watches('route')) for (const group of [rtnlgrp.link, rtnlgrp.ipv4Ifaddr]) groups.add(group)
    if (options.allNamespaces) groups.add(rtnlgrp.nsid)
    this.#listener = context.connection.subscribe([...groups], options)
  }

  async *events(): AsyncGenerator<WatchEvent<K>, void, undefined> {
    yield* this.#listAll()
    for (;;) {
      const found = this.#listener.read(this.#hear)
      if (tickBudgetSpent()) await yieldToEventLoop()
      // Handed out one by one: the consumer's pace decides when the socket is read again.
      for (const event of this.#news.splice(0)) yield event
      if (found === 'overrun') {
        yield { type: 'overrun' }
        await this.#rest()
        yield* this.#listAll()
      } else if (found === 'nothing') {
        if (this.#routesWent) yield* this.#listRoutes()
        else await this.#listener.readable()
      }
    }
  }

  [Symbol.dispose](): void {
    this.#listener[Symbol.dispose]()
  }

  /** Takes a message into the state and notes what it changes. */
  readonly #hear: Parameters<Subscription['read']>[0] = (type, flags, view, at, length, nsid) => {
    if (type === rtm.dellink || type === rtm.newlink || type === rtm.deladdr)
      this.#routesWent ||= this.#watches('route')
    for (const sort of this.#sorts) {
      const table = watchTables[sort]
      if (type !== table.added && type !== table.removed) continue
      const value = table.read(view, at, length)
      if (value === undefined) continue
      const state = this.#state(sort, nsid)
      const replaces = (flags & messageFlag.replace) !== 0
      const change =
        type === table.added
          ? state.add(value as Watchable[K], replaces)
          : state.remove(value as Watchable[K])
      if (change) this.#news.push(change)
    }
  }

  /** Everything, against what was told so far. What the socket holds is older and says nothing more. */
  async *#listAll(): AsyncGenerator<WatchEvent<K>, void, undefined> {
    while (this.#listener.read(() => {}) !== 'nothing') if (tickBudgetSpent()) await yieldToEventLoop()
    this.#listedAt = performance.now()
    const places: Place[] = [undefined, ...(this.#options.allNamespaces ? await this.#nsids.list() : [])]
    for (const place of places) {
      for (const sort of this.#sorts) {
        if (place !== undefined && watchTables[sort].target === undefined) continue
        const listing = await this.#list(sort, place)
        yield* this.#state(sort, place).become(listing)
      }
    }
    yield { type: 'synced' }
  }

  /**
   * IPv4 routes that go because their link goes down, or their address away, go silently (net/ipv4/fib_frontend.c flushes
   * without notice): what is left of them is listed.
   */
  async *#listRoutes(): AsyncGenerator<WatchEvent<K>, void, undefined> {
    await this.#rest()
    this.#routesWent = false
    this.#listedAt = performance.now()
    const listing = await this.#list('route' as K, undefined, { family: 'inet' })
    const state = this.#state('route' as K, undefined)
    yield* state.become(listing, (value) => (value as Watchable['route']).family === 'inet')
  }

  /** Leaves the kernel in peace for a while when it has just been asked. */
  async #rest(): Promise<void> {
    const passed = performance.now() - this.#listedAt
    this.#calm = passed < 10 * this.#calm ? Math.min(this.#calm * 2, CALM_MAX) : CALM
    if (passed < this.#calm) await sleep(this.#calm - passed, undefined, signalOf(this.#options))
  }

  async #list(sort: K, place: Place, more: object = {}): Promise<Watchable[K][]> {
    const { get, codec, ask, target, read } = watchTables[sort]
    const request = {
      type: get,
      name: rtmName(get),
      codec,
      value: {
        family: 'unspec',
        ...ask,
        ...more,
        ...(place === undefined || !target ? {} : { [target]: place }),
      },
    }
    for (;;) {
      try {
        return (await this.#context.connection.dump(request, read).toArray()) as Watchable[K][]
      } catch (error) {
        // It may lack what has not changed at all: of no use, here. A quieter moment will come.
        if (!(error instanceof DumpInterruptedError)) throw error
        await this.#rest()
      }
    }
  }

  #state(sort: K, place: Place): WatchState<K> {
    const key = `${sort} ${place}`
    let state = this.#states.get(key)
    if (state === undefined) {
      state = new WatchState(sort, watchTables[sort] as never, place)
      this.#states.set(key, state)
    }
    return state
  }

  #watches(sort: Sort): boolean {
    return (this.#sorts as readonly Sort[]).includes(sort)
  }
}

function signalOf({ signal }: WatchOptions): { signal?: AbortSignal } {
  return signal ? { signal } : {}
}
