import { nftObjectType } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { assertBoolean, assertKnownKeys } from '../options.js'
import { type LimitOptions, limitData } from './expressions/limit.js'
import type { NftObjectType } from './set-shape.js'
import { type NftObjectSpec, type QuotaOptions, quotaKeys } from './spec.js'
import { unknownName } from './unknown-name.js'

/**
 * The data of a quota, as an expression or an object.
 * @throws {@link ArgumentError} when an amount is not a whole number of bytes
 */
export function quotaData(options: QuotaOptions, argument: string) {
  assertKnownKeys(options, quotaKeys, argument)
  const { bytes, over = false, used } = options
  assertBoolean('over', over)
  return {
    bytes: byteCount(bytes, 'bytes'),
    flags: over ? (['invert'] as const) : [],
    ...(used === undefined ? {} : { consumed: byteCount(used, 'used') }),
  }
}

function byteCount(value: number | bigint, argument: string): bigint {
  if (
    typeof value === 'bigint' ? value >= 0n && value < 1n << 64n : Number.isSafeInteger(value) && value >= 0
  ) {
    return BigInt(value)
  }
  throw new ArgumentError(argument, value, 'a whole number of bytes')
}

/** @throws {@link ArgumentError} when there is no such type of objects */
export function objectType(type: NftObjectType): NftObjectType {
  if (Object.hasOwn(nftObjectType.names, type)) return type
  throw unknownName('type', type, Object.keys(nftObjectType.names))
}

/** The data of an object; that of limits and quotas may be given as the options of their actions. */
export function objectData({ type, data }: NftObjectSpec): unknown {
  if (data !== undefined && (typeof data !== 'object' || data === null || Array.isArray(data))) {
    throw new ArgumentError('data', data, `the data of a ${type}, an object`)
  }
  if (type === 'limit' && data !== undefined && 'per' in data) return limitData(data as LimitOptions, 'data')
  if (type === 'quota' && data !== undefined && !('consumed' in data) && !('flags' in data)) {
    return quotaData(data as QuotaOptions, 'data')
  }
  // A counter needs data for the kernel to take it, although what it has counted may be left out.
  return data ?? {}
}
