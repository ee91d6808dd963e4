import {
  type AnyCodec,
  generationMessage,
  type NftName,
  type NftSetElement,
  nftChainMessage,
  nftFlowtableMessage,
  nftObjectMessage,
  nftObjectType,
  nftRuleMessage,
  nftSetElementsMessage,
  nftSetMessage,
  nftTableMessage,
  type Value,
} from '../../protocol/index.js'
import { DumpInterruptedError, NetlinkError, type Place, type Read } from '../connection/index.js'
import type { Opened } from '../netns/open-connection.js'
import { assertKnownKeys } from '../options.js'
import { intervalsOf, isMerging } from './auto-merge.js'
import { SetShapes } from './known-sets.js'
import { listedElements } from './listed-elements.js'
import {
  assembleTables,
  type NftChain,
  type NftFilter,
  type NftFlowtable,
  type NftObject,
  type NftObjectFilter,
  type NftRule,
  type NftRuleFilter,
  type NftSet,
  type NftTable,
  type NftTableListing,
  type Ruleset,
} from './listing.js'
import { request } from './request.js'
import { shapeOfListed } from './set-shape.js'
import { keysOf, type NftChainRef, type NftObjectRef, type NftSetRef } from './spec.js'
import { unknownName } from './unknown-name.js'

type Connection = Opened['connection']

/** How often a ruleset is listed before it is reported as interrupted. */
const LISTING_ATTEMPTS = 8

const filterKeys = keysOf<NftFilter>({ family: true, table: true })
const objectFilterKeys = keysOf<NftObjectFilter>({ family: true, table: true, type: true })
const ruleFilterKeys = keysOf<NftRuleFilter>({ family: true, table: true, chain: true, comment: true })

export async function readGeneration(connection: Connection, place?: Place): Promise<number> {
  const get = request('getgen', generationMessage, 'unspec', {})
  const read: Read<Value<typeof generationMessage>> = (view, at, length) =>
    generationMessage.decode(view, at, length, {})
  const { id = 0 } = await connection.query(get, read, place === undefined ? {} : { place })
  return id
}

/** A message as the object that is listed: without the header, and with the comment that its user data has. */
export function listed(codec: AnyCodec, view: DataView, at: number, length: number): object {
  const { version: _, resId: __, ...one } = codec.decode(view, at, length, {}) as Record<string, unknown>
  const { comment } = (one['userdata'] ?? {}) as { comment?: string }
  return comment === undefined ? one : { ...one, comment }
}

/**
 * Lists objects of a family and a table. The kernel filters by family, and rules also by table and chain; the rest is
 * filtered here.
 */
async function list<T>(
  connection: Connection,
  name: NftName,
  codec: AnyCodec,
  { family, table }: NftFilter,
  tableOf: (one: T) => string,
  value: object = {},
): Promise<T[]> {
  const get = request<AnyCodec>(name, codec, family ?? 'unspec', value as never)
  const dump = connection.dump(get, (view, at, length) => {
    const one = listed(codec, view, at, length) as T
    return table === undefined || tableOf(one) === table ? one : undefined
  })
  return dump.toArray()
}

export async function listTables(connection: Connection, filter: NftFilter): Promise<NftTable[]> {
  assertKnownKeys(filter, filterKeys, 'filter')
  return list<NftTable>(connection, 'gettable', nftTableMessage, filter, ({ name }) => name)
}

export async function listChains(connection: Connection, filter: NftFilter): Promise<NftChain[]> {
  assertKnownKeys(filter, filterKeys, 'filter')
  return list<NftChain>(connection, 'getchain', nftChainMessage, filter, ({ table }) => table)
}

export async function listSets(connection: Connection, filter: NftFilter): Promise<NftSet[]> {
  assertKnownKeys(filter, filterKeys, 'filter')
  return list<NftSet>(connection, 'getset', nftSetMessage, filter, ({ table }) => table)
}

/** @param reset whether counters and quotas are set to zero */
export async function listObjects(
  connection: Connection,
  filter: NftObjectFilter,
  reset = false,
): Promise<NftObject[]> {
  assertKnownKeys(filter, objectFilterKeys, 'filter')
  const { table, type } = filter
  if (type !== undefined && !Object.hasOwn(nftObjectType.names, type)) {
    throw unknownName('type', type, Object.keys(nftObjectType.names))
  }
  const name = reset ? 'getobj_reset' : 'getobj'
  return list<NftObject>(connection, name, nftObjectMessage, filter, (one) => one.table, { table, type })
}

export async function listFlowtables(connection: Connection, filter: NftFilter): Promise<NftFlowtable[]> {
  assertKnownKeys(filter, filterKeys, 'filter')
  return list<NftFlowtable>(connection, 'getflowtable', nftFlowtableMessage, filter, ({ table }) => table)
}

export async function listRules(connection: Connection, filter: NftRuleFilter): Promise<NftRule[]> {
  assertKnownKeys(filter, ruleFilterKeys, 'filter')
  const { table, chain, comment } = filter
  const value = { table, chain }
  const rules = await list<NftRule>(
    connection,
    'getrule',
    nftRuleMessage,
    filter,
    (rule) => rule.table,
    value,
  )
  return rules
    .filter((rule) => chain === undefined || rule.chain === chain)
    .filter((rule) => comment === undefined || rule.comment === comment)
    .map((rule) => ({ ...rule, expressions: rule.expressions ?? [] }))
}

export async function listElements(
  connection: Connection,
  { family, table, set }: NftSetRef,
  place?: Place,
): Promise<NftSetElement[]> {
  const get = request('getsetelem', nftSetElementsMessage, family, { table, set }, set)
  const read: Read<Value<typeof nftSetElementsMessage>> = (view, at, length) =>
    nftSetElementsMessage.decode(view, at, length, {})
  const dump = connection.dump(get, read, place === undefined ? {} : { place })
  return (await dump.toArray()).flatMap(({ elements = [] }) => elements)
}

/** A set or a map, without its elements. */
export async function readSet(
  connection: Connection,
  { family, table, set }: NftSetRef,
  place?: Place,
): Promise<NftSet> {
  const get = request('getset', nftSetMessage, family, { table, name: set }, set)
  const read: Read<NftSet> = (view, at, length) => listed(nftSetMessage, view, at, length) as NftSet
  return connection.query(get, read, place === undefined ? {} : { place })
}

/**
 * The shapes of the sets that exist.
 * @param refs may name a set several times
 */
export async function readShapes(
  connection: Connection,
  refs: readonly NftSetRef[],
  place: Place,
): Promise<SetShapes> {
  const shapes = new SetShapes()
  const asked = new Map(refs.map((ref) => [JSON.stringify([ref.family, ref.table, ref.set]), ref]))
  const reads = [...asked.values()].map(async (ref) => {
    try {
      const shape = shapeOfListed(await readSet(connection, ref, place))
      shapes.set(ref, shape)
      const [type] = shape.types
      if (isMerging(shape) && type !== undefined) {
        const elements = await listElements(connection, ref, place)
        const listedIntervals = listedElements({ flags: ['interval'], elements }, shape.types)
        const keys = listedIntervals.filter(({ element }) => !element.flags?.includes('catchall'))
        shapes.setIntervals(ref, intervalsOf(type, keys))
      }
    } catch (error) {
      // The change itself is refused then, with all else that is wrong.
      if (!(error instanceof NetlinkError) || error.code !== 'ENOENT') throw error
      shapes.refuse(ref, error)
    }
  })
  const failed = (await Promise.allSettled(reads)).find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return shapes
}

/** A chain, without its rules. */
export function readChain(
  connection: Connection,
  { family, table, chain }: NftChainRef,
  place: Place,
): Promise<NftChain> {
  const get = request('getchain', nftChainMessage, family, { table, name: chain }, chain)
  const read: Read<NftChain> = (view, at, length) => listed(nftChainMessage, view, at, length) as NftChain
  return connection.query(get, read, { place })
}

/** A named object; with `reset`, counters and quotas are set to zero. */
export function readObject(
  connection: Connection,
  { family, table, type, name }: NftObjectRef,
  reset: boolean,
): Promise<NftObject> {
  const value = { table, name, type } as never
  const get = request(reset ? 'getobj_reset' : 'getobj', nftObjectMessage, family, value, name)
  return connection.query(get, (view, at, length) => listed(nftObjectMessage, view, at, length) as NftObject)
}

/** Lists tables with everything in them. The listing is repeated if the generation changes meanwhile. */
export async function readRuleset(connection: Connection, filter: NftFilter): Promise<Ruleset> {
  for (let attempt = 1; ; attempt++) {
    const generation = await readGeneration(connection)
    try {
      const tables = await readTables(connection, filter)
      if (generation === (await readGeneration(connection))) return { generation, tables }
    } catch (error) {
      // A set that was listed may be deleted before its elements are.
      if (!(error instanceof NetlinkError) || error.code !== 'ENOENT') throw error
    }
    if (attempt === LISTING_ATTEMPTS) throw new DumpInterruptedError('nftables', LISTING_ATTEMPTS, [])
  }
}

async function readTables(connection: Connection, filter: NftFilter): Promise<NftTableListing[]> {
  const [tables, chains, rules, sets, objects, flowtables] = await Promise.all([
    listTables(connection, filter),
    listChains(connection, filter),
    listRules(connection, filter),
    listSets(connection, filter),
    listObjects(connection, filter),
    listFlowtables(connection, filter),
  ])
  const filled = await Promise.all(
    sets.map(async (set) => ({
      ...set,
      elements: await listElements(connection, { ...set, set: set.name }),
    })),
  )
  return assembleTables({ tables, chains, rules, sets: filled, objects, flowtables })
}
