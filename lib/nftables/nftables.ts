import { messageFlag, type NfFamily, type NftSetElement, nftChainMessage } from '../../protocol/index.js'
import { isNetlinkError, NetlinkError, type Place, type Request } from '../connection/index.js'
import { SystemError } from '../errors.js'
import { type Opened, type OpenOptions, openConnection } from '../netns/open-connection.js'
import { assertInteger, assertKnownKeys } from '../options.js'
import { assertSpec } from './assert-spec.js'
import { type Change, ChangePlan } from './change-plan.js'
import { assertChainName, assertObjectRef, changes } from './changes.js'
import { elementsOf, type NftElement } from './elements.js'
import { NftablesMissingError } from './errors.js'
import type {
  NftChain,
  NftFilter,
  NftFlowtable,
  NftObject,
  NftObjectFilter,
  NftRule,
  NftRuleFilter,
  NftSet,
  NftTable,
  Ruleset,
} from './listing.js'
import { monitorRuleset, type NftEvent, type NftMonitorOptions } from './monitor.js'
import {
  listChains,
  listElements,
  listFlowtables,
  listObjects,
  listRules,
  listSets,
  listTables,
  readChain,
  readGeneration,
  readObject,
  readRuleset,
  readSet,
  readShapes,
} from './read.js'
import { batchRequest, request } from './request.js'
import { shapeOfListed } from './set-shape.js'
import {
  type NftChainRef,
  type NftChainSpec,
  type NftElementsSpec,
  type NftFlowtableRef,
  type NftFlowtableSpec,
  type NftObjectRef,
  type NftObjectSpec,
  type NftRuleReplacement,
  type NftRuleSpec,
  type NftRulesRef,
  type NftSetRef,
  type NftSetSpec,
  type NftTableRef,
  type NftTableSpec,
  setRefKeys,
} from './spec.js'
import {
  collectChanges,
  type NftTransaction,
  type NftTransactionOptions,
  transactionKeys,
} from './transaction.js'

/** NETLINK_NETFILTER. include/uapi/linux/netlink.h */
const NETLINK_NETFILTER = 12

/** A transaction is sent at once, so it has to fit the send buffer; bytes. */
const SEND_BUFFER = 16 * 1024 * 1024

/** How often changes that look something up are sent before ERESTART is reported: each time the ruleset had changed. */
const COMMIT_ATTEMPTS = 8

/** Rules are echoed with their handles up to this number of requests: the echoes have to fit the receive buffer. */
const ECHOES_MAX = 2000

/**
 * The firewall of one network namespace: nftables, over NETLINK_NETFILTER. Each change is a transaction of its own;
 * `transaction` combines several.
 *
 * ```ts
 * await using nft = await Nftables.open({ netns: 'router' })
 * await nft.transaction((change) => {
 *   change.addTable({ family: 'ip', name: 'nat' })
 *   change.addChain({ family: 'ip', table: 'nat', name: 'out', type: 'nat', hook: 'postrouting', priority: 'srcnat' })
 *   const expressions = [match.oifname('eth0'), action.masquerade()]
 *   change.addRule({ family: 'ip', table: 'nat', chain: 'out', expressions })
 * })
 * ```
 *
 * Besides the errors that are listed, every method throws {@link NetlinkError} for what the kernel refuses (`EPERM`
 * without CAP_NET_ADMIN), and every change throws {@link ArgumentError} for unknown keys and invalid values.
 *
 * nft(8); include/uapi/linux/netfilter/nf_tables.h
 */
export class Nftables implements AsyncDisposable, Disposable {
  readonly #opened: Opened

  private constructor(opened: Opened) {
    this.#opened = opened
  }

  /**
   * Opens a socket in a network namespace, by default that of the caller.
   * @throws {@link ArgumentError} when an option is invalid
   * @throws {@link SystemError} `ENOENT` when there is no such namespace, `EPERM` when it may not be entered
   * @throws {@link NftablesMissingError} when the kernel has no nf_tables
   */
  static async open(options: OpenOptions = {}): Promise<Nftables> {
    const nft = new Nftables(openNetfilter(options))
    try {
      await nft.generation()
      return nft
    } catch (error) {
      nft.close()
      // nfnetlink answers EINVAL for a subsystem that is missing and whose module cannot be loaded.
      if (!(error instanceof NetlinkError) || error.code !== 'EINVAL') throw error
      throw new NftablesMissingError({ cause: error })
    }
  }

  /**
   * Adds a table. One that exists is kept as it is.
   * @param exclusive whether a table that exists is an error
   * @throws {@link NetlinkError} `EEXIST` with `exclusive`
   */
  async addTable(spec: NftTableSpec, exclusive = false): Promise<void> {
    await this.#change(changes.addTable, spec, exclusive)
  }

  /**
   * Deletes a table and everything in it.
   * @throws {@link NetlinkError} `ENOENT` when it does not exist
   */
  async deleteTable(ref: NftTableRef): Promise<void> {
    await this.#change(changes.deleteTable, ref)
  }

  /**
   * Adds a chain. One that exists gets the policy of the spec.
   * @param exclusive whether a chain that exists is an error
   * @throws {@link NetlinkError} `ENOENT` when its table does not exist, `EEXIST` with `exclusive`
   */
  async addChain(spec: NftChainSpec, exclusive = false): Promise<void> {
    await this.#change(changes.addChain, spec, exclusive)
  }

  /**
   * Gives a chain another name; rules that jump to it still do.
   * @throws {@link NetlinkError} `ENOENT` when it does not exist, `EEXIST` when there is a chain of that name
   */
  async renameChain(ref: NftChainRef, name: string): Promise<void> {
    assertChainName(ref, name)
    const { family, table, chain } = ref
    // The kernel renames by handle.
    await this.#lookUpAndCommit(
      (place) => readChain(this.#opened.connection, { family, table, chain }, place),
      ({ handle }) => [request('newchain', nftChainMessage, family, { table, handle, name }, chain)],
    )
  }

  /**
   * Deletes a chain and its rules.
   * @throws {@link NetlinkError} `ENOENT` when it does not exist, `EBUSY` while rules jump to it
   */
  async deleteChain(ref: NftChainRef): Promise<void> {
    await this.#change(changes.deleteChain, ref)
  }

  /**
   * Adds a rule at the end of its chain, or after the rule with the handle `position`.
   * @returns its handle
   * @throws {@link NetlinkError} `ENOENT` when its chain does not exist
   */
  async addRule(spec: NftRuleSpec): Promise<bigint> {
    const [handle = 0n] = await this.#change(changes.addRule, spec)
    return handle
  }

  /**
   * Inserts a rule at the beginning of its chain, or before the rule with the handle `position`.
   * @returns its handle
   * @throws {@link NetlinkError} `ENOENT` when its chain does not exist
   */
  async insertRule(spec: NftRuleSpec): Promise<bigint> {
    const [handle = 0n] = await this.#change(changes.insertRule, spec)
    return handle
  }

  /**
   * Replaces the rule with the handle `handle`.
   * @returns the handle of the new rule
   * @throws {@link NetlinkError} `ENOENT` when it does not exist
   */
  async replaceRule(spec: NftRuleReplacement): Promise<bigint> {
    const [handle = 0n] = await this.#change(changes.replaceRule, spec)
    return handle
  }

  /**
   * Deletes one rule by its chain and handle; without `handle` all rules of the chain, without both all of the table.
   * @throws {@link NetlinkError} `ENOENT` when there is no such rule, chain or table
   */
  async deleteRules(ref: NftRulesRef): Promise<void> {
    await this.#change(changes.deleteRules, ref)
  }

  /**
   * Adds a set or a map with elements. One that exists only gets the elements.
   * @param exclusive whether a set that exists is an error
   * @throws {@link NetlinkError} `ENOENT` when its table does not exist, `EEXIST` with `exclusive` or another type
   */
  async addSet(spec: NftSetSpec, exclusive = false): Promise<void> {
    await this.#change(changes.addSet, spec, exclusive)
  }

  /**
   * Deletes a set or a map.
   * @throws {@link NetlinkError} `ENOENT` when it does not exist, `EBUSY` while rules use it
   */
  async deleteSet(ref: NftSetRef): Promise<void> {
    await this.#change(changes.deleteSet, ref)
  }

  /**
   * Adds elements to a set or a map. Its shape is looked up first.
   * @throws {@link NetlinkError} `ENOENT` when there is no such set, `EEXIST` when an interval overlaps with another
   * @throws {@link ArgumentError} when the shape that is given is not the set's
   */
  async addElements(spec: NftElementsSpec): Promise<void> {
    await this.#change(changes.addElements, spec)
  }

  /**
   * Deletes elements of a set or a map, by their keys. Its shape is looked up first.
   * @throws {@link NetlinkError} `ENOENT` when there is no such set, or an element is not in it
   * @throws {@link ArgumentError} when the shape that is given is not the set's
   */
  async deleteElements(spec: NftElementsSpec): Promise<void> {
    await this.#change(changes.deleteElements, spec)
  }

  /**
   * Deletes all elements of a set or a map.
   * @throws {@link NetlinkError} `ENOENT` when there is no such set
   */
  async flushSet(ref: NftSetRef): Promise<void> {
    await this.#change(changes.flushSet, ref)
  }

  /**
   * Adds a named object: a counter, a quota, a limit, a helper of connection tracking. One that exists is kept as it is.
   * @param exclusive whether an object that exists is an error
   * @throws {@link NetlinkError} `ENOENT` when its table does not exist, or the kernel has no such type; `EEXIST` with
   * `exclusive`
   */
  async addObject(spec: NftObjectSpec, exclusive = false): Promise<void> {
    await this.#change(changes.addObject, spec, exclusive)
  }

  /**
   * Deletes a named object.
   * @throws {@link NetlinkError} `ENOENT` when it does not exist, `EBUSY` while rules or elements refer to it
   */
  async deleteObject(ref: NftObjectRef): Promise<void> {
    await this.#change(changes.deleteObject, ref)
  }

  /**
   * Adds a flowtable. One that exists gets the links.
   * @param exclusive whether a flowtable that exists is an error
   * @throws {@link NetlinkError} `ENOENT` when its table does not exist, or the kernel has no flowtables; `EEXIST` with
   * `exclusive`
   */
  async addFlowtable(spec: NftFlowtableSpec, exclusive = false): Promise<void> {
    await this.#change(changes.addFlowtable, spec, exclusive)
  }

  /**
   * Deletes a flowtable.
   * @throws {@link NetlinkError} `ENOENT` when it does not exist, `EBUSY` while rules use it
   */
  async deleteFlowtable(ref: NftFlowtableRef): Promise<void> {
    await this.#change(changes.deleteFlowtable, ref)
  }

  /** Deletes all tables of a family, or of all families. */
  async flushRuleset(family: NfFamily | 'unspec' = 'unspec'): Promise<void> {
    await this.#change(changes.flushRuleset, family)
  }

  /**
   * Makes all changes that `build` queues, or none of them.
   * @returns the handles of the rules that were added, in their order; none for transactions of more than 2,000
   *   requests
   * @throws {@link TransactionError} with each refusal, or the {@link NetlinkError} itself if it is the only one
   * @throws {@link NetlinkError} `ERESTART` when the ruleset's generation is not `options.generation`
   * @throws {@link ArgumentError} when a change is invalid, or `build` is asynchronous
   */
  async transaction(
    build: (change: NftTransaction) => void,
    options: NftTransactionOptions = {},
  ): Promise<readonly bigint[]> {
    assertKnownKeys(options, transactionKeys, 'options')
    if (options.generation !== undefined) assertInteger('generation', options.generation, 0, 0xffffffff)
    return this.#run(collectChanges(build), options.generation)
  }

  /** The generation of the ruleset: incremented by each transaction. */
  generation(): Promise<number> {
    return readGeneration(this.#opened.connection)
  }

  /** Lists tables. */
  tables(filter: NftFilter = {}): Promise<NftTable[]> {
    return listTables(this.#opened.connection, filter)
  }

  /** Lists chains, without their rules. */
  chains(filter: NftFilter = {}): Promise<NftChain[]> {
    return listChains(this.#opened.connection, filter)
  }

  /** Lists rules, those of a chain in the order of their evaluation. */
  rules(filter: NftRuleFilter = {}): Promise<NftRule[]> {
    return listRules(this.#opened.connection, filter)
  }

  /** Lists sets and maps, anonymous ones included, without their elements. */
  sets(filter: NftFilter = {}): Promise<NftSet[]> {
    return listSets(this.#opened.connection, filter)
  }

  /** Lists named objects: counters, quotas, limits and the like, with what they have counted. */
  objects(filter: NftObjectFilter = {}): Promise<NftObject[]> {
    return listObjects(this.#opened.connection, filter)
  }

  /** Lists flowtables. */
  flowtables(filter: NftFilter = {}): Promise<NftFlowtable[]> {
    return listFlowtables(this.#opened.connection, filter)
  }

  /** A named object. @throws {@link NetlinkError} `ENOENT` when it does not exist */
  async object(ref: NftObjectRef): Promise<NftObject> {
    assertObjectRef(ref)
    return readObject(this.#opened.connection, ref, false)
  }

  /**
   * Reads a counter or a quota and sets it to zero, in one step: nothing that is counted is lost.
   * @throws {@link NetlinkError} `ENOENT` when it does not exist
   */
  async resetObject(ref: NftObjectRef): Promise<NftObject> {
    assertObjectRef(ref)
    return readObject(this.#opened.connection, ref, true)
  }

  /** Reads counters and quotas and sets them to zero; as `objects`. */
  async resetObjects(filter: NftObjectFilter = {}): Promise<NftObject[]> {
    return listObjects(this.#opened.connection, filter, true)
  }

  /**
   * Lists the elements of a set or a map, each as it can be given to `addElements`: prefixes, ranges, names.
   * @throws {@link NetlinkError} `ENOENT` when there is no such set
   */
  async elements(ref: NftSetRef): Promise<NftElement[]> {
    assertSpec(ref, setRefKeys)
    const { connection } = this.#opened
    const [set, elements] = await Promise.all([readSet(connection, ref), listElements(connection, ref)])
    return elementsOf({ flags: set.flags ?? [], elements }, shapeOfListed(set))
  }

  /**
   * Lists the elements of a set or a map as the kernel stores them: bytes, and intervals as two elements.
   * @throws {@link NetlinkError} `ENOENT` when there is no such set
   */
  async rawElements(ref: NftSetRef): Promise<NftSetElement[]> {
    assertSpec(ref, setRefKeys)
    return listElements(this.#opened.connection, ref)
  }

  /**
   * Lists tables with everything in them, all at one moment: the listing is repeated while the ruleset changes.
   * @throws {@link DumpInterruptedError} when it has changed during each of 8 attempts
   */
  ruleset(filter: NftFilter = {}): Promise<Ruleset> {
    return readRuleset(this.#opened.connection, filter)
  }

  /**
   * Tells what changes in the ruleset, by anyone, from now on: tables, chains, rules, sets, elements, objects and
   * flowtables as they are listed; then, for each transaction, its generation and the process that sent it. Nothing between
   * the call and the first iteration is lost. The first `next` rejects with
   * - {@link ArgumentError} when an option is invalid, {@link SystemError} when the group cannot be joined
   * - {@link ClosedError} when the connection is closed; the signal's reason when it is aborted
   *
   * ```ts
   * for await (const event of nft.monitor({ signal })) {
   *   if (event.type === 'added' && event.object === 'rule') console.log(event.value.chain, event.value.handle)
   * }
   * ```
   */
  monitor(options: NftMonitorOptions = {}): AsyncGenerator<NftEvent, void, undefined> {
    return monitorRuleset(this.#opened.connection, options)
  }

  /** Closes the socket; pending requests are rejected with {@link ClosedError}. Idempotent. */
  close(): void {
    this.#opened.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async #change<A extends readonly unknown[]>(change: Change<A>, ...args: A): Promise<readonly bigint[]> {
    const plan = new ChangePlan()
    plan.add(change, ...args)
    return this.#run(plan)
  }

  /** Looks up the sets that changes refer to, and sends the changes as one transaction. */
  async #run(plan: ChangePlan, generation?: number): Promise<readonly bigint[]> {
    if (plan.missing.length === 0) return this.#commit(plan.requests(), generation)
    return this.#lookUpAndCommit(
      (place) => readShapes(this.#opened.connection, plan.missing, place),
      (found) => plan.requests(found),
      generation,
    )
  }

  /**
   * Sends requests that are built from what is looked up. They are based on the generation that was read before it, so
   * that the kernel refuses them if the ruleset has changed since; then all is done again.
   * @param generation that of the caller, to whom a refusal is left
   */
  async #lookUpAndCommit<T>(
    lookUp: (place: Place) => Promise<T>,
    build: (found: T) => readonly Request[],
    generation?: number,
  ): Promise<readonly bigint[]> {
    const { connection } = this.#opened
    // A place, since what is asked later waits for all requests.
    using place = connection.keepPlace()
    for (let attempt = 1; ; attempt++) {
      // Both are sent at once, and the kernel answers them in this order.
      const [seen, found] = await Promise.all([
        generation ?? readGeneration(connection, place),
        lookUp(place),
      ])
      try {
        return await this.#commit(build(found), seen, place)
      } catch (error) {
        const isOutdated = isNetlinkError(error, 'ERESTART') && generation === undefined
        if (!isOutdated || attempt === COMMIT_ATTEMPTS) throw error
      }
    }
  }

  /** Sends requests as one transaction; resolves to the handles of the rules that it adds. */
  async #commit(
    requests: readonly Request[],
    generation?: number,
    place?: Place,
  ): Promise<readonly bigint[]> {
    const begin = batchRequest('begin', generation)
    const all = requests.length > ECHOES_MAX ? requests.map(withoutEcho) : requests
    const handles = await this.#opened.connection.transact(begin, all, batchRequest('end'), place)
    return handles as readonly bigint[]
  }
}

function openNetfilter(options: OpenOptions): Opened {
  try {
    return openConnection(NETLINK_NETFILTER, options, SEND_BUFFER)
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EPROTONOSUPPORT') throw error
    throw new NftablesMissingError({ cause: error })
  }
}

function withoutEcho({ echo: _, ...request }: Request): Request {
  return { ...request, flags: (request.flags ?? 0) & ~messageFlag.echo }
}
