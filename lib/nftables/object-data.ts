import { ArgumentError } from '../errors.js'
import { assertBoolean, assertKnownKeys } from '../options.js'
import { type QuotaOptions, quotaKeys } from './spec.js'

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
