import {
  type AnyCodec,
  generationMessage,
  type NfFamily,
  type NftSetElement,
  nftChainMessage,
  nftFlowtableMessage,
  nftMessage,
  nftObjectMessage,
  nftRuleMessage,
  nftSetElementsMessage,
  nftSetMessage,
  nftTableMessage,
} from '../../protocol/index.js'
import {
  type OnMessage,
  Stream,
  type Subscription,
  tickBudgetSpent,
  yieldToEventLoop,
} from '../connection/index.js'
import type { Opened } from '../netns/open-connection.js'
import { assertKnownKeys } from '../options.js'
import { unknownType } from './datatypes.js'
import { elementsOf, type NftElement } from './elements.js'
import { keysOf } from './keys.js'
import { SetShapes } from './known-sets.js'
import type { NftChain, NftFlowtable, NftObject, NftRule, NftSet, NftTable } from './listing.js'
import { listed, listSets } from './read.js'
import { type SetShape, shapeOfListed } from './set-shape.js'

type Connection = Opened['connection']

/** NFNLGRP_NFTABLES. include/uapi/linux/netfilter/nfnetlink.h */
const NFNLGRP_NFTABLES = 7

/** Elements of a set that were added or removed together. */
export interface NftElementsChange {
  readonly family: NfFamily
  readonly table: string
  readonly set: string
  readonly elements: readonly NftElement[]
}

/** What is monitored, by name, and what it is listed as. */
export interface NftMonitored {
  readonly table: NftTable
  readonly chain: NftChain
  readonly rule: NftRule
  readonly set: NftSet
  readonly elements: NftElementsChange
  readonly object: NftObject
  readonly flowtable: NftFlowtable
}

/**
 * Something was `added` or `removed`. The kernel tells of something that was there before as `added` as well, when it has
 * changed: the policy of a chain, a named quota that is used up. Of what was removed, newer kernels tell only what
 * identifies it.
 */
export type NftChange = {
  [K in keyof NftMonitored]:
    | { readonly type: 'added'; readonly object: K; readonly value: NftMonitored[K] }
    | { readonly type: 'removed'; readonly object: K; readonly value: Removed<K> }
}[keyof NftMonitored]

type Removed<K extends keyof NftMonitored> = K extends 'elements'
  ? NftElementsChange
  : Pick<NftMonitored[K], 'family'> & Partial<NftMonitored[K]>

/** A transaction is complete: the changes since the last such event were its changes. */
export interface NftGeneration {
  readonly type: 'generation'
  /** The generation of the ruleset that it made. */
  readonly generation: number
  /** The thread that sent it. */
  readonly pid?: number
  /** The name of that thread. */
  readonly name?: string
}

/** Changes were lost, because they were not read in time: list what is of interest again. */
export interface NftOverrun {
  readonly type: 'overrun'
}

export type NftEvent = NftChange | NftGeneration | NftOverrun

/** Options of `Nftables.monitor`. */
export interface NftMonitorOptions {
  /** Ends it with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

const monitorKeys = keysOf<NftMonitorOptions>({ signal: true })

export function monitorRuleset(connection: Connection, options: NftMonitorOptions): Stream<NftEvent> {
  try {
    assertKnownKeys(options, monitorKeys, 'options')
    const { signal } = options
    const subscription = connection.subscribe([NFNLGRP_NFTABLES], { signal })
    // Asked for at once, before later changes. If it fails, so does the first `next`.
    const known = listSets(connection, {})
    known.catch(() => {})
    const stop = () => subscription[Symbol.dispose]()
    return new Stream({ batches: eventsOf(connection, subscription, known), stop }, signal)
  } catch (error) {
    return new Stream<NftEvent>(() => {
      throw error
    })
  }
}

async function* eventsOf(
  connection: Connection,
  subscription: Subscription,
  known: Promise<readonly NftSet[]>,
): AsyncGenerator<Iterator<NftEvent>, void, undefined> {
  const reader = new EventReader()
  reader.learn(await known)
  for (;;) {
    const found = subscription.read(reader.onMessage)
    if (found === 'overrun') {
      reader.lose()
      // Sets whose messages were lost may have elements added later.
      reader.learn(await listSets(connection, {}))
    }
    if (tickBudgetSpent()) await yieldToEventLoop()
    yield reader.take().values()
    if (found === 'nothing') await subscription.readable()
  }
}

type Message = readonly [
  type: 'added' | 'removed',
  object: Exclude<keyof NftMonitored, 'elements'>,
  codec: AnyCodec,
]

/** What the messages are about, less those of elements. */
const MESSAGES = new Map<number, Message>([
  [nftMessage.newtable, ['added', 'table', nftTableMessage]],
  [nftMessage.deltable, ['removed', 'table', nftTableMessage]],
  [nftMessage.newchain, ['added', 'chain', nftChainMessage]],
  [nftMessage.delchain, ['removed', 'chain', nftChainMessage]],
  [nftMessage.newrule, ['added', 'rule', nftRuleMessage]],
  [nftMessage.delrule, ['removed', 'rule', nftRuleMessage]],
  [nftMessage.newset, ['added', 'set', nftSetMessage]],
  [nftMessage.delset, ['removed', 'set', nftSetMessage]],
  [nftMessage.newobj, ['added', 'object', nftObjectMessage]],
  [nftMessage.delobj, ['removed', 'object', nftObjectMessage]],
  [nftMessage.newflowtable, ['added', 'flowtable', nftFlowtableMessage]],
  [nftMessage.delflowtable, ['removed', 'flowtable', nftFlowtableMessage]],
])

/** Elements of one set, which come one a message: the ends of intervals apart from their beginnings. */
interface Pending {
  readonly type: 'added' | 'removed'
  readonly family: NfFamily
  readonly table: string
  readonly set: string
  readonly elements: NftSetElement[]
}

/** Reads messages into events. It knows the shapes of sets, by which elements are read. */
class EventReader {
  readonly #sets = new Map<string, NftSet>()
  readonly #shapes = new SetShapes()
  #events: NftEvent[] = []
  #pending: Pending | undefined

  learn(sets: readonly NftSet[]): void {
    for (const set of sets) this.#learn(set)
  }

  #learn(set: NftSet): void {
    const { family, table, name } = set
    this.#sets.set(keyOf(family, table, name), set)
    this.#shapes.set({ family, table, set: name }, shapeOfListed(set))
  }

  lose(): void {
    this.#pending = undefined
    this.#events.push({ type: 'overrun' })
  }

  /** The events so far; elements of a transaction that is not complete stay. */
  take(): NftEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  readonly onMessage: OnMessage = (type, _flags, view, at, length) => {
    if (type === nftMessage.newsetelem || type === nftMessage.delsetelem) {
      const message = nftSetElementsMessage.decode(view, at, length, {})
      this.#addElements(type === nftMessage.newsetelem ? 'added' : 'removed', message as never)
      return
    }
    const known = MESSAGES.get(type)
    if (type !== nftMessage.newgen && known === undefined) return
    this.#flush()
    if (known === undefined) {
      const { id = 0, procPid, procName } = generationMessage.decode(view, at, length, {})
      this.#events.push({
        type: 'generation',
        generation: id,
        ...(procPid === undefined ? {} : { pid: procPid }),
        ...(procName === undefined ? {} : { name: procName }),
      })
      return
    }
    const [change, object, codec] = known
    const value = listed(codec, view, at, length)
    if (object === 'set' && change === 'added') this.#learn(value as NftSet)
    const isRule = object === 'rule' && change === 'added'
    const one = isRule ? { ...value, expressions: (value as NftRule).expressions ?? [] } : value
    this.#events.push({ type: change, object, value: one } as NftChange)
  }

  #addElements(
    type: 'added' | 'removed',
    message: { family: NfFamily; table?: string; set?: string; elements?: NftSetElement[] },
  ): void {
    const { family, table = '', set = '', elements = [] } = message
    const pending = this.#pending
    const isSame =
      pending?.type === type && pending.family === family && pending.table === table && pending.set === set
    if (isSame) pending.elements.push(...elements)
    else {
      this.#flush()
      this.#pending = { type, family, table, set, elements: [...elements] }
    }
  }

  #flush(): void {
    if (this.#pending === undefined) return
    const { type, family, table, set, elements } = this.#pending
    this.#pending = undefined
    const shape = this.#shapes.get({ family, table, set }) ?? shapeOfUnknown(elements)
    const flags = this.#sets.get(keyOf(family, table, set))?.flags ?? []
    const value = { family, table, set, elements: elementsOf({ flags, elements }, shape) }
    this.#events.push({ type, object: 'elements', value })
  }
}

const keyOf = (family: NfFamily, table: string, set: string) => `${family}\0${table}\0${set}`

/** Of a set that was deleted before it could be listed. */
function shapeOfUnknown([first]: readonly NftSetElement[]): SetShape {
  return {
    types: [unknownType(first?.key?.value?.length ?? 0)],
    interval: false,
    data: undefined,
    autoMerge: false,
  }
}
