import {
  messageFlag,
  NFT_DATA_VERDICT,
  type NftSetMessageInput,
  nftSetElementsMessage,
} from '../../protocol/index.js'
import type { Request } from '../connection/index.js'
import { isHostOrder } from './datatypes.js'
import { elementMessages, typeNumbers, typesOf } from './elements.js'
import { request } from './request.js'
import type { NftElementsSpec, NftSetSpec } from './spec.js'
import { milliseconds } from './units.js'

/**
 * How many elements always fit in an attribute of 65,535 bytes: an element takes at most 316, of which key and end of
 * key take 72 each (NFT_DATA_VALUE_MAXLEN is 64) and a verdict with the longest chain name takes 148.
 */
const ELEMENTS_PER_MESSAGE = 200

/** sizeof(struct nft_verdict), 64-bit. include/net/netfilter/nf_tables.h */
const VERDICT_LENGTH = 16

/** The attributes that describe a set, without its table and name. */
export function setValue(
  spec: Omit<NftSetSpec, 'family' | 'table' | 'name' | 'elements'>,
): NftSetMessageInput {
  const { map, interval, timeout, size, constant, dynamic } = spec
  const keys = typesOf(spec.type, 'type')
  const [only] = keys.length === 1 ? keys : []
  const key = typeNumbers(keys)
  const data = map === undefined || map === 'verdict' ? undefined : typeNumbers(typesOf(map, 'map'))
  const flags = {
    constant: constant === true,
    interval: interval === true,
    map: map !== undefined,
    timeout: timeout !== undefined,
    eval: dynamic === true,
    concat: keys.length > 1 && interval === true,
  }
  // Intervals of concatenated keys are compared field by field, so the kernel has to know the fields.
  const fields = flags.concat ? { concat: keys.map(({ length }) => ({ len: length })) } : {}
  return {
    flags: (Object.keys(flags) as (keyof typeof flags)[]).filter((flag) => flags[flag]),
    keyType: key.number,
    keyLen: key.length,
    ...(map === 'verdict' ? { dataType: NFT_DATA_VERDICT, dataLen: VERDICT_LENGTH } : {}),
    ...(data ? { dataType: data.number, dataLen: data.length } : {}),
    ...(timeout ? { timeout: milliseconds(timeout, 'timeout') } : {}),
    ...(only ? { userdata: { keyByteOrder: isHostOrder(only) ? 'host' : 'network' } } : {}),
    ...(size !== undefined || flags.concat ? { desc: { size, ...fields } } : {}),
  }
}

/** @param setId of a set that is added in the same transaction */
export function elementRequests(
  name: 'newsetelem' | 'delsetelem',
  spec: NftElementsSpec,
  setId?: number,
): Request[] {
  const { family, table, set } = spec
  const elements = elementMessages(spec.elements, spec)
  const flags = name === 'newsetelem' ? messageFlag.create : 0
  const requests: Request[] = []
  for (let i = 0; i < elements.length; i += ELEMENTS_PER_MESSAGE) {
    const value = { table, set, setId, elements: elements.slice(i, i + ELEMENTS_PER_MESSAGE) }
    requests.push(request(name, nftSetElementsMessage, family, value, set, flags))
  }
  return requests
}
