import { ArgumentError } from '../errors.js'

/** The units of amounts of bytes, by nft(8)'s names, in bytes. */
export const byteUnits = { bytes: 1, kbytes: 1024, mbytes: 1024 * 1024 } as const

const descending = Object.entries(byteUnits)
  .map(([name, bytes]) => ({ name, bytes: BigInt(bytes) }))
  .reverse()

/** Bytes in the largest unit that divides them: `100 kbytes`. */
export function formatBytes(amount: bigint): string {
  const unit = amount > 0n ? descending.find(({ bytes }) => amount % bytes === 0n) : undefined
  return unit ? `${amount / unit.bytes} ${unit.name}` : `${amount} bytes`
}

/**
 * The duration for a message, ms.
 * @throws {@link ArgumentError} when the value is not a whole number
 */
export function milliseconds(value: number, argument: string): bigint {
  if (Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  throw new ArgumentError(argument, value, 'a whole number of milliseconds, 0 or more')
}

/** The units of durations by nft(8)'s names, ms, descending. */
const timeUnits = { d: 86_400_000n, h: 3_600_000n, m: 60_000n, s: 1000n, ms: 1n } as const

/** Milliseconds as nft(8) writes them: `1h30m`. */
export function formatTime(milliseconds: bigint): string {
  let remaining = milliseconds
  let text = ''
  for (const [unit, size] of Object.entries(timeUnits)) {
    const count = remaining / size
    remaining %= size
    if (count > 0n) text += `${count}${unit}`
  }
  return text || '0s'
}

/** Reads a duration as nft(8) does: `1h30m`, or a number of seconds; undefined if it is none. */
export function parseTime(text: string): bigint | undefined {
  if (/^\d+$/.test(text)) return BigInt(text) * timeUnits.s
  if (!/^(\d+(d|h|ms|m|s))+$/.test(text)) return undefined
  const parts = text.matchAll(/(\d+)(d|h|ms|m|s)/g)
  return [...parts].reduce(
    (sum, [, count = '0', unit]) => sum + BigInt(count) * timeUnits[unit as keyof typeof timeUnits],
    0n,
  )
}
