import type { NftExpressionData } from '../../../protocol/index.js'
import { notExpressible } from '../format/values.js'
import { formatBytes } from '../units.js'

/** `quota over 10 mbytes used 1 kbytes` */
export function formatQuota(data: NftExpressionData<'quota'>): string {
  const text = quotaText(data)
  return text === undefined ? notExpressible('quota') : `quota ${text}`
}

/** `over 10 mbytes used 1 kbytes`; undefined if nft(8) has no words for it. */
export function quotaText({
  bytes = 0n,
  flags = [],
  consumed,
}: NftExpressionData<'quota'>): string | undefined {
  // The kernel says with `depleted` that the quota is used up, which its numbers say as well.
  if (!flags.every((flag) => flag === 'invert' || flag === 'depleted')) return undefined
  const over = flags.includes('invert') ? 'over ' : ''
  return `${over}${formatBytes(bytes)}${consumed ? ` used ${formatBytes(consumed)}` : ''}`
}
