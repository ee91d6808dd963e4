import { inspect } from '../../protocol/errors.js'
import {
  messageFlag,
  NFT_DATA_VERDICT,
  type NftSetMessageInput,
  nftSetElementsMessage,
} from '../../protocol/index.js'
import type { GivenValue, Request } from '../connection/index.js'
import { assertBoolean, assertInteger } from '../options.js'
import { commentUserdata } from './comment.js'
import type { Datatype } from './datatype.js'
import { isHostOrder } from './datatypes.js'
import type { EncodedElement } from './elements.js'
import { request } from './request.js'
import { type SetShape, typeNumbers } from './set-shape.js'
import type { NftSetRef, NftSetSpec } from './spec.js'
import { milliseconds } from './units.js'

/**
 * How many elements always fit in an attribute of 65,535 bytes: key and end of key take 72 bytes each
 * (NFT_DATA_VALUE_MAXLEN is 64), a verdict with the longest chain name 276, user data 260.
 */
const ELEMENTS_PER_MESSAGE = 90

/** sizeof(struct nft_verdict), 64-bit. include/net/netfilter/nf_tables.h */
const VERDICT_LENGTH = 16

type SetFlags = NonNullable<NftSetMessageInput['flags']>

type ShapeValue = NftSetMessageInput & { readonly flags: SetFlags }

/** The attributes of a set that describe its keys and its values. */
export function shapeValue({ types, interval, data, autoMerge }: SetShape): ShapeValue {
  const key = typeNumbers(types)
  const isConcat = types.length > 1 && interval
  const flags: SetFlags = [
    ...(interval ? (['interval'] as const) : []),
    ...(data === undefined ? [] : data.kind === 'object' ? (['object'] as const) : (['map'] as const)),
    ...(isConcat ? (['concat'] as const) : []),
  ]
  const userdata = {
    ...byteOrder('keyByteOrder', types),
    ...(data?.kind === 'values' ? byteOrder('dataByteOrder', data.types) : {}),
    ...(autoMerge ? { mergeElements: 1 } : {}),
    ...(data?.kind === 'values' && data.interval ? { dataInterval: 1 } : {}),
  }
  return {
    ...dataValue(data),
    flags,
    keyType: key.number,
    keyLen: key.length,
    // Intervals of concatenated keys are compared field by field, so the kernel has to know the fields.
    ...(isConcat ? { desc: { concat: types.map(({ length }) => ({ len: length })) } } : {}),
    ...(Object.keys(userdata).length > 0 ? { userdata } : {}),
  }
}

/** The byte order of values of a single type, which nft(8) reads. */
function byteOrder<K extends string>(
  key: K,
  types: readonly Datatype[],
): Partial<Record<K, 'host' | 'network'>> {
  const [only] = types
  if (types.length !== 1 || only === undefined) return {}
  return { [key]: isHostOrder(only) ? 'host' : 'network' } as Record<K, 'host' | 'network'>
}

function dataValue(data: SetShape['data']): NftSetMessageInput {
  if (data === undefined) return {}
  if (data.kind === 'verdict') return { dataType: NFT_DATA_VERDICT, dataLen: VERDICT_LENGTH }
  if (data.kind === 'object') return { objType: data.type }
  const { number, length } = typeNumbers(data.types)
  return { dataType: number, dataLen: data.interval ? 2 * length : length }
}

/** The attributes that describe a set, without its table and name. */
export function setValue(spec: NftSetSpec, shape: SetShape): NftSetMessageInput {
  const { timeout, size, constant, dynamic, comment, policy, gcInterval, counter } = spec
  const { flags, desc, userdata, ...value } = shapeValue(shape)
  for (const key of ['interval', 'dataInterval', 'constant', 'dynamic', 'autoMerge', 'counter'] as const) {
    assertBoolean(key, spec[key])
  }
  if (gcInterval !== undefined) assertInteger('gcInterval', gcInterval, 1, 0xffffffff, 'milliseconds')
  const lifetime = timeout === undefined ? undefined : milliseconds(timeout, 'timeout')
  if (size !== undefined) assertInteger('size', size, 1, 0xffffffff, 'elements')
  const noted = { ...userdata, ...commentUserdata(comment) }
  return {
    flags: [
      ...(constant === true ? (['constant'] as const) : []),
      ...flags,
      ...(timeout === undefined ? [] : (['timeout'] as const)),
      ...(dynamic === true ? (['eval'] as const) : []),
    ],
    ...value,
    ...(policy === undefined ? {} : { policy }),
    // Elements of a set with timeout 0 stay, unless they have one of their own.
    ...(lifetime ? { timeout: lifetime } : {}),
    ...(gcInterval === undefined ? {} : { gcInterval }),
    ...(Object.keys(noted).length > 0 ? { userdata: noted } : {}),
    ...(size === undefined && desc === undefined ? {} : { desc: { size, ...desc } }),
    ...(counter === true ? { expr: { name: 'counter' as const, data: { packets: 0n, bytes: 0n } } } : {}),
  }
}

/**
 * @param setId of a set that is added in the same transaction
 * @param subject what errors name
 */
export function elementRequests(
  name: 'newsetelem' | 'delsetelem',
  { family, table, set }: NftSetRef,
  elements: readonly EncodedElement[],
  setId?: number,
  subject = set,
): Request[] {
  const flags = name === 'newsetelem' ? messageFlag.create : 0
  const requests: Request[] = []
  for (let i = 0; i < elements.length; i += ELEMENTS_PER_MESSAGE) {
    const part = elements.slice(i, i + ELEMENTS_PER_MESSAGE)
    const value = { table, set, setId, elements: part.map(({ message }) => message) }
    const sent = request(name, nftSetElementsMessage, family, value, subject, flags)
    requests.push({ ...sent, given: ([member, index]) => givenElement(member, part[Number(index)]) })
  }
  return requests
}

function givenElement(
  member: string | undefined,
  element: EncodedElement | undefined,
): GivenValue | undefined {
  if (member !== 'elements' || element === undefined) return undefined
  const { argument, key } = element.given
  return { argument, text: inspect(key) }
}
