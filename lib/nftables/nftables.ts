import { errorGuard, RtnetlinkError } from '../../protocol/errors.js'
import {
  type AnyCodec,
  generationMessage,
  messageFlag,
  type NfFamily,
  type NftChainMessage,
  type NftExpression,
  type NftName,
  type NftRuleMessage,
  type NftSetElement,
  type NftSetMessage,
  type NftTableMessage,
  nftChainMessage,
  nftMessage,
  nftMessageName,
  nftRuleMessage,
  nftSetElementsMessage,
  nftSetMessage,
  nftTableMessage,
  type Value,
} from '../../protocol/index.js'
import { DumpInterruptedError, NetlinkError, type Request } from '../connection/index.js'
import { ArgumentError, SystemError } from '../errors.js'
import { type Opened, type OpenOptions, openConnection } from '../netns/open-connection.js'
import { batchRequest, changes } from './changes.js'
import { datatypes, partsOf, VERDICT_TYPE } from './datatypes.js'
import type { NftKeyType } from './elements.js'
import type { NftElementsSpec, NftTableRef } from './spec.js'

const NETLINK_NETFILTER = 12
const MIB = 1024 * 1024
/** How often a listing begins anew when the rules changed meanwhile. */
const ATTEMPTS = 8
/** What the kernel tells of rules that are made waits in the receive buffer: of so many it surely fits. */
const ECHOES_MAX = 2000

type Changes = typeof changes
/** The same methods, each giving something else. */
type Sending<K extends keyof Changes, R> = (...args: Parameters<Changes[K]>) => R

/** A table as it is listed. */
export type NftTable = Omit<NftTableMessage, 'family' | 'version' | 'resId'> & {
  family: NfFamily
  name: string
}
/** A chain as it is listed. */
export type NftChain = Omit<NftChainMessage, 'family' | 'version' | 'resId'> & {
  family: NfFamily
  table: string
  name: string
}
/** A rule as it is listed. */
export type NftRule = Omit<NftRuleMessage, 'family' | 'version' | 'resId'> & {
  family: NfFamily
  table: string
  chain: string
  expressions: NftExpression[]
}
/** A set or a map as it is listed. */
export type NftSet = Omit<NftSetMessage, 'family' | 'version' | 'resId'> & {
  family: NfFamily
  table: string
  name: string
}

/** A table with all that is in it. */
export interface NftTableListing extends NftTable {
  readonly chains: readonly (NftChain & { readonly rules: readonly NftRule[] })[]
  readonly sets: readonly (NftSet & { readonly elements: readonly NftSetElement[] })[]
}

/** All rules of a namespace, as they were at one moment. */
export interface Ruleset {
  /** One more with each transaction. */
  readonly generation: number
  readonly tables: readonly NftTableListing[]
}

/** What a transaction is made of: the same words as `Nftables` itself has, but nothing is done before its end. */
export type NftTransaction = { readonly [K in keyof Changes]: Sending<K, void> }

/** Which rules to list; what is left out does not matter. */
export interface NftRuleFilter {
  readonly family?: NfFamily | undefined
  readonly table?: string | undefined
  readonly chain?: string | undefined
  readonly comment?: string | undefined
}

/** Which tables, chains or sets to list. */
export type NftFilter = Pick<NftRuleFilter, 'family' | 'table'>

/**
 * The firewall of one network namespace: nftables, over NETLINK_NETFILTER. Each change is a transaction of its own,
 * several are one with `transaction`.
 *
 * ```ts
 * await using nft = await Nftables.open({ netns: 'router' })
 * await nft.transaction((change) => {
 *   change.addTable({ family: 'ip', name: 'nat' })
 *   change.addChain({ family: 'ip', table: 'nat', name: 'out', type: 'nat', hook: 'postrouting', priority: 'srcnat' })
 *   change.addRule({ family: 'ip', table: 'nat', chain: 'out', expressions: [match.oifname('eth0'), action.masquerade()] })
 * })
 * ```
 * nft(8); include/uapi/linux/netfilter/nf_tables.h
 */
export class Nftables implements AsyncDisposable, Disposable {
  readonly #opened: Opened

  private constructor(opened: Opened) {
    this.#opened = opened
  }

  /**
   * Opens a socket in a namespace.
   * @throws ArgumentError; SystemError `ENOENT` when there is no such namespace, `EPERM` when it may not be entered
   * @throws NftablesMissingError where the kernel has no nf_tables
   */
  static async open(options: OpenOptions = {}): Promise<Nftables> {
    let opened: Opened
    try {
      opened = openConnection(NETLINK_NETFILTER, options, 16 * MIB)
    } catch (error) {
      throw error instanceof SystemError && error.code === 'EPROTONOSUPPORT'
        ? new NftablesMissingError()
        : error
    }
    const nft = new Nftables(opened)
    try {
      await nft.generation()
      return nft
    } catch (error) {
      nft.close()
      // nfnetlink knows no such subsystem, and found no module for it.
      throw error instanceof NetlinkError && error.code === 'EINVAL' ? new NftablesMissingError() : error
    }
  }

  /** Makes a table, or leaves the one that is there; with `exclusive` that is `EEXIST`. @throws NetlinkError */
  readonly addTable: Sending<'addTable', Promise<void>> = (...args) => this.#do(changes.addTable(...args))
  /** Deletes a table and all in it. @throws NetlinkError `ENOENT` */
  readonly deleteTable: Sending<'deleteTable', Promise<void>> = (...args) =>
    this.#do(changes.deleteTable(...args))
  /** Makes a chain, or changes the policy of the one that is there. @throws NetlinkError `ENOENT` without its table */
  readonly addChain: Sending<'addChain', Promise<void>> = (...args) => this.#do(changes.addChain(...args))
  /** Deletes a chain and its rules. @throws NetlinkError `EBUSY` while others jump to it */
  readonly deleteChain: Sending<'deleteChain', Promise<void>> = (...args) =>
    this.#do(changes.deleteChain(...args))
  /** Adds a rule at the end, or behind the one at `position`; gives its handle. @throws ArgumentError, NetlinkError */
  readonly addRule: Sending<'addRule', Promise<bigint>> = (...args) => this.#make(changes.addRule(...args))
  /** Adds a rule at the beginning, or before the one at `position`; gives its handle. @throws as `addRule` */
  readonly insertRule: Sending<'insertRule', Promise<bigint>> = (...args) =>
    this.#make(changes.insertRule(...args))
  /** Puts a rule in the place of the one with this handle; gives its own. @throws NetlinkError `ENOENT` */
  readonly replaceRule: Sending<'replaceRule', Promise<bigint>> = (...args) =>
    this.#make(changes.replaceRule(...args))
  /** Deletes a rule by its handle; without one all rules of the chain, without a chain all of the table. */
  readonly deleteRules: Sending<'deleteRules', Promise<void>> = (...args) =>
    this.#do(changes.deleteRules(...args))
  /** Makes a set or a map, with elements. @throws ArgumentError, NetlinkError */
  readonly addSet: Sending<'addSet', Promise<void>> = (...args) => this.#do(changes.addSet(...args))
  /** Deletes a set. @throws NetlinkError `EBUSY` while rules use it */
  readonly deleteSet: Sending<'deleteSet', Promise<void>> = (...args) => this.#do(changes.deleteSet(...args))
  /** Takes all elements out of a set. */
  readonly flushSet: Sending<'flushSet', Promise<void>> = (...args) => this.#do(changes.flushSet(...args))
  /** Deletes all tables, of one family or of all. */
  readonly flushRuleset: Sending<'flushRuleset', Promise<void>> = (...args) =>
    this.#do(changes.flushRuleset(...args))

  /** Adds elements to a set; what the set is like is asked first, unless it is said. @throws NetlinkError */
  async addElements(spec: Omit<NftElementsSpec, 'type'> & Partial<NftElementsSpec>): Promise<void> {
    await this.#do(changes.addElements(await this.#shaped(spec)))
  }

  /** Takes elements out of a set. @throws NetlinkError `ENOENT` when one is not in it */
  async deleteElements(spec: Omit<NftElementsSpec, 'type'> & Partial<NftElementsSpec>): Promise<void> {
    await this.#do(changes.deleteElements(await this.#shaped(spec)))
  }

  /**
   * Makes changes that are all done, or none. With `generation` only if nothing else has changed since. Gives the handles of
   * the rules that were added, in their order; of more than 2,000 changes none.
   * @throws TransactionError with each that was refused; `NetlinkError` `ERESTART` for another generation
   */
  async transaction(
    build: (change: NftTransaction) => void,
    options: { readonly generation?: number | undefined } = {},
  ): Promise<readonly bigint[]> {
    const requests: Request[] = []
    const collect = Object.fromEntries(
      Object.entries(changes).map(([name, make]) => [
        name,
        (...args: unknown[]) => {
          requests.push(...(make as (...args: unknown[]) => Request[])(...args))
        },
      ]),
    )
    const result: unknown = build(collect as NftTransaction)
    if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function') {
      throw new ArgumentError(
        'build',
        'an async function',
        'a synchronous one: what it awaits would come too late',
      )
    }
    return this.#transact(requests, options.generation)
  }

  /** The number of the rules' generation. @throws NetlinkError */
  async generation(): Promise<number> {
    const request = this.#get('getgen', generationMessage, 'unspec')
    const { id = 0 } = await this.#opened.connection.query(request, (view, at, length) =>
      generationMessage.decode(view, at, length, {}),
    )
    return id
  }

  tables(filter: NftFilter = {}): Promise<NftTable[]> {
    return this.#list<NftTable>('gettable', nftTableMessage, filter, {}, ({ name }) => name)
  }

  chains(filter: NftFilter = {}): Promise<NftChain[]> {
    return this.#list<NftChain>('getchain', nftChainMessage, filter, {}, ({ table }) => table)
  }

  async rules(filter: NftRuleFilter = {}): Promise<NftRule[]> {
    const { table, chain, comment } = filter
    const asked = { ...(table === undefined ? {} : { table }), ...(chain === undefined ? {} : { chain }) }
    const all = await this.#list<NftRule>('getrule', nftRuleMessage, filter, asked, (rule) => rule.table)
    return all
      .filter((rule) => chain === undefined || rule.chain === chain)
      .filter((rule) => comment === undefined || rule.comment === comment)
      .map((rule) => ({ ...rule, expressions: rule.expressions ?? [] }))
  }

  sets(filter: NftFilter = {}): Promise<NftSet[]> {
    return this.#list<NftSet>('getset', nftSetMessage, filter, {}, ({ table }) => table)
  }

  /** The elements of a set, as they lie in the kernel. @throws NetlinkError `ENOENT` */
  async elements({ family, table, set }: NftTableRef & { readonly set: string }): Promise<NftSetElement[]> {
    const request = this.#get('getsetelem', nftSetElementsMessage, family, { table, set }, set)
    const dump = this.#opened.connection.dump(request, (view, at, length) =>
      nftSetElementsMessage.decode(view, at, length, {}),
    )
    return (await dump.toArray()).flatMap(({ elements = [] }) => elements)
  }

  /**
   * Everything, as it is at one moment: begun anew where it changed meanwhile.
   * @throws DumpInterruptedError when it never holds still
   */
  async ruleset(filter: NftFilter = {}): Promise<Ruleset> {
    for (let attempt = 1; ; attempt++) {
      const before = await this.generation()
      try {
        const tables = await this.#tablesWithAll(filter)
        if (before === (await this.generation())) return { generation: before, tables }
      } catch (error) {
        // What was listed first may be gone by now.
        if (!(error instanceof NetlinkError) || error.code !== 'ENOENT') throw error
      }
      if (attempt === ATTEMPTS) throw new DumpInterruptedError('nftables', ATTEMPTS, [])
    }
  }

  /** Closes the socket; again does nothing. */
  close(): void {
    this.#opened.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async #do(requests: readonly Request[]): Promise<void> {
    await this.#transact(requests)
  }

  async #make(requests: readonly Request[]): Promise<bigint> {
    const [handle = 0n] = await this.#transact(requests)
    return handle
  }

  async #transact(requests: readonly Request[], generation?: number): Promise<readonly bigint[]> {
    const begin = batchRequest('begin', generation)
    const all = requests.length > ECHOES_MAX ? requests.map(withoutEcho) : requests
    const handles = await this.#opened.connection.transact(begin, all, batchRequest('end'))
    return handles as readonly bigint[]
  }

  async #tablesWithAll(filter: NftFilter): Promise<NftTableListing[]> {
    const [tables, chains, rules, sets] = await Promise.all([
      this.tables(filter),
      this.chains(filter),
      this.rules(filter),
      this.sets(filter),
    ])
    const filled = await Promise.all(
      sets.map(async (set) => ({ ...set, elements: await this.elements({ ...set, set: set.name }) })),
    )
    return tables.map((table) => {
      const own = (one: { family: NfFamily; table: string }) =>
        one.family === table.family && one.table === table.name
      return {
        ...table,
        sets: filled.filter(own),
        chains: chains.filter(own).map((chain) => ({
          ...chain,
          rules: rules.filter((rule) => own(rule) && rule.chain === chain.name),
        })),
      }
    })
  }

  async #list<T extends { family: NfFamily }>(
    name: NftName,
    codec: AnyCodec,
    { family, table }: NftFilter,
    asked: Record<string, unknown>,
    tableOf: (one: T) => string,
  ): Promise<T[]> {
    const request = this.#get(name, codec, family ?? 'unspec', asked)
    const dump = this.#opened.connection.dump(request, (view, at, length) => {
      const { version: _, resId: __, ...one } = codec.decode(view, at, length, {}) as Record<string, unknown>
      const listed = one as unknown as T
      return table === undefined || tableOf(listed) === table ? listed : undefined
    })
    return dump.toArray()
  }

  #get(
    name: NftName,
    codec: AnyCodec,
    family: NfFamily | 'unspec',
    asked: Record<string, unknown> = {},
    subject?: string,
  ): Request {
    return { type: nftMessage[name], name: nftMessageName(name), codec, subject, value: { family, ...asked } }
  }

  /** Completes what is said of a set's elements with what the set itself says. */
  async #shaped(spec: Omit<NftElementsSpec, 'type'> & Partial<NftElementsSpec>): Promise<NftElementsSpec> {
    if (spec.type !== undefined) return spec as NftElementsSpec
    const { family, table, set } = spec
    const request = this.#get('getset', nftSetMessage, family, { table, name: set }, set)
    const found: Value<typeof nftSetMessage> = await this.#opened.connection.query(
      request,
      (view, at, length) => nftSetMessage.decode(view, at, length, {}),
    )
    const flags = found.flags ?? []
    return {
      ...spec,
      type: keyTypeOf(found.keyType ?? 0, set),
      map: flags.includes('map') ? mapTypeOf(found, set) : undefined,
      interval: flags.includes('interval'),
    }
  }
}

function withoutEcho({ echo: _, ...request }: Request): Request {
  return { ...request, flags: (request.flags ?? 0) & ~messageFlag.echo }
}

function keyTypeOf(number: number, set: string): NftKeyType {
  const parts = partsOf(number)
  if (parts === undefined) {
    throw new ArgumentError(
      'set',
      set,
      `a set of ${Object.keys(datatypes).join(', ')}: say its type yourself`,
    )
  }
  const names = parts.map(({ name }) => name) as (keyof typeof datatypes)[]
  return names.length === 1 ? (names[0] as keyof typeof datatypes) : names
}

function mapTypeOf(found: Value<typeof nftSetMessage>, set: string): NftKeyType | 'verdict' {
  return found.dataType === VERDICT_TYPE ? 'verdict' : keyTypeOf(found.dataType ?? 0, set)
}

/** This kernel has no nf_tables, or its module cannot be loaded. */
export class NftablesMissingError extends RtnetlinkError {
  override readonly name = 'NftablesMissingError'
  readonly code = 'ERR_NFTABLES_MISSING'

  constructor() {
    super('this kernel has no nf_tables (CONFIG_NF_TABLES): load its module, or use a kernel that has it')
  }
}

export const isNftablesMissingError = errorGuard<NftablesMissingError>('NftablesMissingError')
