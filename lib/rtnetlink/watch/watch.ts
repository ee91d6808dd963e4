/**
 * Follows objects: notifications are hints, listings are the truth.
 *
 * Everything is listed once after the groups have been joined, and then kept up to date from notifications. The kernel
 * does not announce everything, and announces some things in parts. What a notification does not explain marks a
 * listing as stale: of one kind of object, in one namespace, of one family. It is then read again, and the difference
 * is reported as ordinary changes. After an overrun of the socket's buffer (ENOBUFS) all listings are read again.
 *
 * | step | |
 * |---|---|
 * | list | the changes that lead to a listing; notifications that arrive meanwhile are kept |
 * | catch up | those are applied: they may be older than the listing |
 * | follow | notifications are applied as they arrive |
 * | list stale | when nothing more has arrived, and the last listing is long enough ago |
 *
 * Invariants: a notification is applied to a state that is not older than the notification, or that a later
 * notification or listing corrects; a listing begins after the kernel has finished what it has announced (`#settle`).
 */
import { af, rtm, rtmName, rtnlgrp } from '../../../protocol/index.js'
import {
  type Connection,
  isDumpInterruptedError,
  isNetlinkError,
  type OnMessage,
  onAbort,
  type StreamSource,
  type Subscription,
  tickBudgetSpent,
  yieldToEventLoop,
} from '../../connection/index.js'
import { isSystemError } from '../../errors.js'
import { readNsid } from '../../netns/ids.js'
import type { Context } from '../context.js'
import { type Hint, messageTypes, type Part } from '../object/description.js'
import { links } from '../objects.js'
import { MessageFields } from './fields.js'
import { Namespaces } from './namespaces.js'
import type { WatchedDescription } from './objects.js'
import { StaleListings } from './stale.js'
import { ALL_FAMILIES, type AnyChange, type AnyValue, type Message, WatchState } from './state.js'

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
  /**
   * Also follows all namespaces that have an id in this one; their events carry that id as `nsid`. Routes, rules and
   * neighbours are followed in those that a name, a process or an open file refers to and that may be entered.
   */
  readonly allNamespaces?: boolean | undefined
}

/** How often objects are listed again that change without any message, ms; less often if that takes long. */
const POLL_MS = 1000
/** Polls take at most this part of the time. */
const POLL_SHARE = 0.05
/** How many events are collected before they are handed on. */
const BATCH = 256
/** The most bytes of notifications that are kept during a listing. More stay in the socket, until it overruns. */
const BACKLOG_MAX = 64 * 1024 * 1024
/** Of every whole message about a link. include/uapi/linux/if_link.h */
const IFLA_MTU = 4
/** The pause before an interrupted listing is read again, ms. */
const RETRY_MS = 20
/** RTM_GETLINK with this master lists no links. */
const NO_MASTER = 0x7fffffff

/** The id of a namespace; undefined for the connection's own. */
type NamespaceId = number | undefined

export type AnyEvent = AnyChange | Synced | Overrun

/** A kind of object that is watched, with the types of its messages. */
interface Watched {
  readonly description: WatchedDescription<AnyValue>
  readonly types: Readonly<Record<Part, number>>
  readonly hints: readonly (Hint & { readonly type: number })[]
}

/** A notification that arrived during a listing. */
interface Kept extends Message {
  readonly type: number
  readonly nsid: NamespaceId
}

/** How to list the objects of a namespace. */
interface Way {
  readonly connection: Connection
  /** Members of the request that name the namespace. */
  readonly target: object
  close(): void
}

/** Begins to watch the described kinds of objects. */
export function openWatch(
  context: Context,
  descriptions: readonly WatchedDescription<AnyValue>[],
  options: WatchOptions,
): StreamSource<AnyEvent> {
  const watcher = new Watcher(context, descriptions, options)
  return { batches: watcher.batches(), stop: () => watcher.stop() }
}

class Watcher {
  readonly #connection: Connection
  readonly #watched: readonly Watched[]
  readonly #subscription: Subscription
  readonly #namespaces: Namespaces | undefined
  readonly #states = new Map<NamespaceId, Map<Watched, WatchState>>()
  readonly #linkFields = new MessageFields(links.description.watch?.headerSize ?? 0)
  readonly #stale = new StaleListings<Watched, NamespaceId>()
  /** Changes that have been read and not yet been reported. */
  #pending: AnyEvent[] = []
  /** Notifications that arrived during a listing. */
  #backlog: Kept[] = []
  #backlogBytes = 0
  /** The backlog is being applied: its messages may be older than the listing. */
  #catchingUp = false
  /** Namespaces that got an id, and are not listed yet. */
  readonly #unlisted = new Set<number>()
  #overrun = false
  #pollDue = Number.POSITIVE_INFINITY
  readonly #stop = new AbortController()

  constructor(
    { connection, netnsIdentity }: Context,
    descriptions: readonly WatchedDescription<AnyValue>[],
    { allNamespaces = false }: WatchOptions,
  ) {
    this.#connection = connection
    this.#watched = descriptions.map((description) => ({
      description,
      types: messageTypes(description.messages),
      hints: (description.watch.hints ?? []).map((hint) => ({ ...hint, type: rtm[hint.message] })),
    }))
    if (allNamespaces) this.#namespaces = new Namespaces(connection, netnsIdentity)
    const groups = new Set(
      descriptions.flatMap(({ watch }) => [...watch.groups, ...(watch.hintGroups ?? [])]),
    )
    if (allNamespaces) groups.add('nsid')
    const numbers = [...groups].map((group) => rtnlgrp[group])
    try {
      this.#subscription = connection.subscribe(numbers, { allNamespaces })
    } catch (error) {
      // Next hop objects and their group exist since Linux 5.3.
      if (!isSystemError(error, 'EINVAL') || !groups.has('nexthop')) throw error
      const known = numbers.filter((number) => number !== rtnlgrp.nexthop)
      this.#subscription = connection.subscribe(known, { allNamespaces })
    }
  }

  /** Ends all waits, with an error that no one sees. */
  stop(): void {
    this.#stop.abort()
    this.#subscription[Symbol.dispose]()
  }

  async *batches(): AsyncGenerator<Iterator<AnyEvent>, void, undefined> {
    yield* this.#listAll(false)
    while (!this.#stop.signal.aborted) {
      const found = this.#read()
      if (this.#pending.length > 0) yield this.#takePending()
      if (tickBudgetSpent()) await yieldToEventLoop()
      if (this.#overrun) {
        yield [{ type: 'overrun' } as const].values()
        await this.#dropUntil(this.#stale.due)
        yield* this.#listAll(true)
      } else if (found === 'nothing') {
        const stale = this.#stale.any || this.#unlisted.size > 0
        const due = Math.min(stale ? this.#stale.due : Number.POSITIVE_INFINITY, this.#pollDue)
        if (due > performance.now()) await this.#wait(due, true)
        else yield* this.#listStale()
      }
    }
  }

  /** Reads notifications until there are no more, or enough events. */
  #read(): 'more' | 'nothing' {
    while (this.#pending.length < BATCH) {
      const found = this.#subscription.read(this.#onMessage)
      if (found === 'nothing') return 'nothing'
      if (found === 'overrun') {
        this.#overrun = true
        return 'nothing'
      }
      if (tickBudgetSpent()) break
    }
    return 'more'
  }

  #takePending(): Iterator<AnyEvent> {
    const events = this.#pending
    this.#pending = []
    return events.values()
  }

  readonly #onMessage: OnMessage = (type, flags, view, at, length, nsid) => {
    if (length > 0) this.#apply({ type, flags, view, at, length, nsid })
  }

  /** Keeps a message for later. */
  readonly #keep: OnMessage = (type, flags, view, at, length, nsid) => {
    if (length === 0) return
    const bytes = new Uint8Array(length)
    bytes.set(new Uint8Array(view.buffer, view.byteOffset + at, length))
    this.#backlogBytes += length
    this.#backlog.push({ type, flags, view: new DataView(bytes.buffer), at: 0, length, nsid })
  }

  #apply(message: Kept): void {
    const { type, view, at } = message
    const nsid = message.nsid === this.#namespaces?.ownId ? undefined : message.nsid
    if (type === rtm.newnsid || type === rtm.delnsid) {
      if (nsid === undefined) this.#applyNsid(message)
      return
    }
    const counts = this.#isHint(message)
    for (const watched of this.#watched) {
      for (const { type: hint, of, relist = ALL_FAMILIES } of watched.hints) {
        if (hint !== type || (of !== undefined && of !== view.getUint8(at))) continue
        if (counts || of !== undefined) this.#stale.mark(watched, nsid, relist)
      }
      const { types, description } = watched
      if ((type === types.new || type === types.del) && description.watch.accepts(view, at)) {
        this.#applyObject(watched, message, nsid)
      }
    }
  }

  #applyObject(watched: Watched, message: Kept, nsid: NamespaceId): void {
    const state = this.#states.get(nsid)?.get(watched)
    if (state === undefined) {
      // A namespace whose id has not been announced yet.
      this.#stale.mark(watched, nsid, ALL_FAMILIES)
      return
    }
    const { change, stale } =
      message.type === watched.types.new ? state.add(message) : state.remove(message, this.#catchingUp)
    if (change) this.#pending.push(change)
    if (stale) this.#stale.mark(watched, nsid, message.view.getUint8(message.at))
  }

  /**
   * Whether a message may mean that other objects have changed. Of those about links all do that are neither about a port
   * of a bridge nor an event of a wireless driver: also one in which nothing differs can tell of a NETDEV_CHANGE, after
   * which the state of next hops is determined again (net/ipv4/fib_frontend.c: fib_netdev_event).
   */
  #isHint({ type, view, at, length }: Kept): boolean {
    if (type !== rtm.newlink && type !== rtm.dellink) return true
    if (view.getUint8(at) !== af.unspec) return false
    return type === rtm.dellink || this.#linkFields.begin(view, at, length).has(IFLA_MTU)
  }

  /** A namespace has got an id, or has ended: ids are taken away only then (net/core/net_namespace.c: cleanup_net). */
  #applyNsid({ type, view, at, length }: Kept): void {
    const nsid = readNsid(view, at, length)
    if (nsid === undefined) return
    for (const watched of this.#watched) {
      if (watched.hints.some((hint) => hint.type === type)) this.#stale.mark(watched, undefined, ALL_FAMILIES)
    }
    if (this.#namespaces === undefined) return
    if (type === rtm.delnsid) this.#pending.push(...this.#end(nsid))
    // Also after its end: the id may have been given again before that was announced.
    this.#unlisted.add(nsid)
  }

  /** Forgets a namespace, and gives its objects as removed. */
  #end(nsid: number): AnyChange[] {
    const states = this.#states.get(nsid)
    this.#states.delete(nsid)
    this.#stale.unmark(nsid)
    this.#namespaces?.forget(nsid)
    return [...(states?.values() ?? [])].flatMap((state) => [...state.clear()])
  }

  /** Lists everything and reports how it differs from what was reported so far. */
  async *#listAll(lost: boolean): AsyncGenerator<Iterator<AnyEvent>, void, undefined> {
    await this.#dropUntil(0)
    this.#overrun = false
    this.#stale.take()
    this.#unlisted.clear()
    this.#stale.begin()
    await this.#settle()
    yield* this.#listNamespaces(lost)
    for (const nsid of [...this.#states.keys()]) {
      for (const watched of this.#watched) yield* this.#list(watched, nsid, ALL_FAMILIES, lost)
    }
    this.#stale.end()
    this.#schedulePoll(0)
    yield [{ type: 'synced' } as const].values()
    yield* this.#catchUp()
  }

  /** Finds out which namespaces there are, and reports those that have ended unnoticed. */
  async *#listNamespaces(lost: boolean): AsyncGenerator<Iterator<AnyEvent>, void, undefined> {
    if (!this.#states.has(undefined)) this.#addStates(undefined)
    if (this.#namespaces === undefined) return
    const before = new Map([...this.#states.keys()].flatMap((nsid) => this.#identity(nsid)))
    if (lost) this.#namespaces.forgetAll()
    const nsids = new Set(await this.#namespaces.list(this.#stop.signal))
    for (const [nsid, identity] of before) {
      const isSame = identity === undefined || identity === this.#namespaces.identity(nsid)
      if (!nsids.has(nsid) || !isSame) yield this.#end(nsid).values()
    }
    for (const nsid of nsids) if (!this.#states.has(nsid)) this.#addStates(nsid)
  }

  #identity(nsid: NamespaceId): [number, bigint | string | undefined][] {
    return nsid === undefined ? [] : [[nsid, this.#namespaces?.identity(nsid)]]
  }

  #addStates(nsid: NamespaceId): void {
    const states = this.#watched.map((watched): [Watched, WatchState] => {
      const { name, read, watch } = watched.description
      return [watched, new WatchState(name, read, watch, nsid)]
    })
    this.#states.set(nsid, new Map(states))
  }

  /** Lists what is stale, and what is polled. */
  async *#listStale(): AsyncGenerator<Iterator<AnyEvent>, void, undefined> {
    const polls = this.#pollDue <= performance.now()
    if (polls) {
      for (const nsid of this.#states.keys()) {
        for (const watched of this.#watched) {
          if (watched.description.watch.polled) this.#stale.mark(watched, nsid, ALL_FAMILIES)
        }
      }
    }
    this.#stale.begin()
    await this.#settle()
    if (this.#unlisted.size > 0) {
      const ownId = this.#namespaces?.ownId
      const changed = new Set<NamespaceId>(this.#unlisted)
      this.#unlisted.clear()
      yield* this.#listNamespaces(false)
      // Messages of the connection's own namespace carry its id if it has one, which was not known until now.
      if (ownId !== this.#namespaces?.ownId) changed.add(undefined)
      for (const nsid of changed) {
        for (const watched of this.#watched) this.#stale.mark(watched, nsid, ALL_FAMILIES)
      }
    }
    let polled = 0
    for (const [watched, nsid, family] of this.#stale.take()) {
      const began = performance.now()
      yield* this.#list(watched, nsid, family, false)
      if (watched.description.watch.polled) polled += performance.now() - began
    }
    this.#stale.end()
    if (polls) this.#schedulePoll(polled)
    yield* this.#catchUp()
  }

  /** @param took how long the last poll took, ms */
  #schedulePoll(took: number): void {
    if (!this.#watched.some(({ description }) => description.watch.polled)) return
    this.#pollDue = performance.now() + Math.max(POLL_MS, took / POLL_SHARE)
  }

  /**
   * Reads a listing and gives the changes that lead to it. An interrupted one may omit objects that exist, which would
   * be reported as removed: it is read again.
   */
  async *#list(
    watched: Watched,
    nsid: NamespaceId,
    family: number,
    lost: boolean,
  ): AsyncGenerator<Iterator<AnyEvent>, void, undefined> {
    const state = this.#states.get(nsid)?.get(watched)
    if (state === undefined) return
    const { accepts } = watched.description.watch
    const read = (view: DataView, at: number, length: number) =>
      length > 0 && accepts(view, at) && (family === ALL_FAMILIES || view.getUint8(at) === family)
        ? state.see(view, at, length, lost)
        : undefined
    const way = await this.#wayTo(watched, nsid)
    if (way === undefined) return
    try {
      for (;;) {
        state.beginListing()
        try {
          for await (const found of this.#dump(watched, way, family, read)) {
            yield reported(state, found)
            this.#keepNotifications()
          }
          break
        } catch (error) {
          if (!isDumpInterruptedError(error)) throw error
          await this.#wait(performance.now() + RETRY_MS, false)
        }
      }
    } catch (error) {
      // The namespace ends: that is announced.
      if (nsid === undefined || !isNetlinkError(error)) throw error
      this.#unlisted.add(nsid)
      return
    } finally {
      way.close()
    }
    yield state.endListing(family)
  }

  #dump<T>(
    { description: { codec, watch, emptyCode }, types }: Watched,
    { connection, target }: Way,
    family: number,
    read: (view: DataView, at: number, length: number) => T | undefined,
  ) {
    const value = { family, ...watch.request, ...target }
    const request = { type: types.get, name: rtmName(types.get), codec, value, emptyCode }
    return connection.dump(request, read, { signal: this.#stop.signal }).batches()
  }

  /**
   * How to list objects of a namespace; undefined if there is no way. A connection inside is preferred to naming the
   * namespace over this one: the ids of namespaces in links are then those that its notifications have.
   */
  async #wayTo({ description: { watch } }: Watched, nsid: NamespaceId): Promise<Way | undefined> {
    const own = { connection: this.#connection, target: {}, close() {} }
    if (nsid === undefined) return own
    const opened = await this.#namespaces?.open(nsid, this.#stop.signal)
    if (opened) return { ...own, connection: opened.connection, close: opened.close }
    return watch.target && { ...own, target: { [watch.target]: nsid } }
  }

  /** Applies what arrived during the listings, and everything that was sent before they ended. */
  async *#catchUp(): AsyncGenerator<Iterator<AnyEvent>, void, undefined> {
    this.#catchingUp = true
    try {
      const backlog = this.#backlog
      this.#backlog = []
      this.#backlogBytes = 0
      for (const message of backlog) {
        this.#apply(message)
        if (this.#pending.length >= BATCH) yield this.#takePending()
        if (tickBudgetSpent()) await yieldToEventLoop()
      }
      while (!this.#overrun && this.#read() === 'more') {
        yield this.#takePending()
        if (tickBudgetSpent()) await yieldToEventLoop()
      }
    } finally {
      this.#catchingUp = false
    }
    if (this.#pending.length > 0) yield this.#takePending()
  }

  /** Makes room in the socket's buffer during a listing. */
  #keepNotifications(): void {
    while (!this.#overrun && this.#backlogBytes < BACKLOG_MAX) {
      const found = this.#subscription.read(this.#keep)
      if (found === 'nothing') return
      if (found === 'overrun') this.#overrun = true
    }
  }

  /**
   * Waits until the kernel has finished what it has announced: it announces that a link goes down, or a next hop object
   * is deleted, before it removes the routes, all under the RTNL lock, which a listing of links takes as well.
   */
  async #settle(): Promise<void> {
    const { codec, messages } = links.description
    const { get } = messageTypes(messages)
    const value = { family: 'unspec', master: NO_MASTER, extMask: ['skipStats'] }
    const request = { type: get, name: rtmName(get), codec, value }
    try {
      await this.#connection.dump(request, () => undefined, { signal: this.#stop.signal }).toArray()
    } catch (error) {
      if (!isDumpInterruptedError(error)) throw error
    }
  }

  /** Reads notifications that predate a listing of everything. */
  async #dropUntil(moment: number): Promise<void> {
    for (;;) {
      while (this.#subscription.read(() => {}) !== 'nothing') if (tickBudgetSpent()) await yieldToEventLoop()
      if (performance.now() >= moment) return
      await this.#wait(moment, true)
    }
  }

  /** Waits for a moment, or with `readable` for a notification if that is earlier. */
  async #wait(until: number, readable: boolean): Promise<void> {
    const { signal } = this.#stop
    if (signal.aborted) return
    let timer: NodeJS.Timeout | undefined
    let unlisten = () => {}
    const moment = new Promise<void>((resolve) => {
      unlisten = onAbort(signal, resolve)
      if (Number.isFinite(until)) timer = setTimeout(resolve, Math.ceil(until - performance.now()))
    })
    await (readable ? Promise.race([moment, this.#subscription.readable()]) : moment)
    clearTimeout(timer)
    unlisten()
  }
}

/** The events of what a listing found. */
function* reported(
  state: WatchState,
  found: readonly (AnyChange[] | number)[],
): Generator<AnyChange, void, undefined> {
  for (const one of found) {
    if (typeof one !== 'number') yield* one
    else {
      const change = state.added(one)
      if (change) yield change
    }
  }
}
