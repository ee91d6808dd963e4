import type { NftExpressionData, NftExpressionInput } from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import { assertBoolean, assertInteger, assertKnownKeys } from '../../options.js'
import { notExpressible } from '../format/values.js'
import { keysOf } from '../keys.js'
import { byteUnits, formatBytes } from '../units.js'
import { unknownName } from '../unknown-name.js'

/** The periods of limits by nft(8)'s names, seconds. */
const periods = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 } as const

/** Packets. nft(8) uses it for a limit without a burst, and leaves it out of listings. */
const DEFAULT_BURST = 5

/** A rate of packets or bytes. nft(8), LIMIT STATEMENT */
export interface LimitOptions {
  /** Packets, or amounts of `unit`, in each period: a whole number, 1 or more. */
  readonly rate: number
  readonly per: keyof typeof periods
  /** `packets` by default; `kbytes` and `mbytes` are 1024 and 1024² bytes. */
  readonly unit?: 'packets' | keyof typeof byteUnits | undefined
  /** Packets, or bytes, that may exceed the rate at once; by default 5 packets, or no bytes. */
  readonly burst?: number | undefined
  /** Whether to match above the rate instead of up to it. */
  readonly over?: boolean | undefined
}

const keys = keysOf<LimitOptions>({ rate: true, per: true, unit: true, burst: true, over: true })

export const limitRate = (options: LimitOptions): NftExpressionInput => ({
  name: 'limit',
  data: limitData(options, 'options'),
})

/** The data of a limit, as an expression or an object. */
export function limitData(options: LimitOptions, argument: string) {
  assertKnownKeys(options, keys, argument)
  const { rate, per, unit = 'packets', burst, over = false } = options
  if (!Number.isSafeInteger(rate) || rate < 1) {
    throw new ArgumentError('rate', rate, 'a whole number, 1 or more')
  }
  if (!Object.hasOwn(periods, per)) {
    throw unknownName('per', per, Object.keys(periods))
  }
  const inPackets = unit === 'packets'
  if (!inPackets && !Object.hasOwn(byteUnits, unit)) {
    throw unknownName('unit', unit, ['packets', ...Object.keys(byteUnits)])
  }
  // The kernel takes a burst of 0 packets for its default.
  if (burst !== undefined) assertInteger('burst', burst, inPackets ? 1 : 0, 0xffffffff)
  assertBoolean('over', over)
  const data = {
    rate: BigInt(rate) * BigInt(inPackets ? 1 : byteUnits[unit]),
    unit: BigInt(periods[per]),
    burst: burst ?? (inPackets ? DEFAULT_BURST : 0),
  }
  if (tokensOf(data, inPackets) >= 1n << 64n) {
    throw new ArgumentError(
      argument,
      options,
      'a rate and a burst that the kernel can compute with: they are too large',
    )
  }
  return {
    ...data,
    type: inPackets ? ('packets' as const) : ('bytes' as const),
    flags: over ? (['invert'] as const) : [],
  }
}

/** What the kernel computes in 64 bits. net/netfilter/nft_limit.c: nft_limit_init */
function tokensOf(
  { rate, unit, burst }: { readonly rate: bigint; readonly unit: bigint; readonly burst: number },
  inPackets: boolean,
): bigint {
  const nanoseconds = unit * 1_000_000_000n
  return inPackets ? (nanoseconds / rate) * BigInt(burst) : nanoseconds * (rate + BigInt(burst))
}

const periodNames = new Map(Object.entries(periods).map(([name, seconds]) => [BigInt(seconds), name]))

/** `limit rate 10/second burst 20 packets`, `limit rate over 100 kbytes/second` */
export function formatLimit(data: NftExpressionData<'limit'>): string {
  const text = limitText(data)
  return text === undefined ? notExpressible('limit') : `limit ${text}`
}

/** `rate 10/second burst 20 packets`; undefined if nft(8) has no words for it. */
export function limitText({
  rate = 0n,
  unit = 1n,
  burst = 0,
  type = 'packets',
  flags = [],
}: NftExpressionData<'limit'>): string | undefined {
  const per = periodNames.get(unit)
  if (per === undefined || !flags.every((flag) => flag === 'invert')) return undefined
  const over = flags.length > 0 ? 'over ' : ''
  if (type === 'bytes') {
    return `rate ${over}${formatBytes(rate)}/${per}${burst > 0 ? ` burst ${formatBytes(BigInt(burst))}` : ''}`
  }
  if (type !== 'packets' || burst === 0) return undefined
  return `rate ${over}${rate}/${per}${burst === DEFAULT_BURST ? '' : ` burst ${burst} packets`}`
}
