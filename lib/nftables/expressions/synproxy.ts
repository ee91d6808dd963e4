import type { NftExpressionData } from '../../../protocol/index.js'
import { notExpressible } from '../format/values.js'

/** Flags that nft(8) has words for; `ecn` says only that the option is handled. */
const FLAGS: Readonly<Record<string, string>> = { timestamp: 'timestamp', sackPerm: 'sack-perm' }

/** The options of a proxy: `mss 1460`, `wscale 7`, `timestamp sack-perm`; undefined if there are others. */
export function synproxyOptions({
  mss,
  wscale,
  flags = [],
}: NftExpressionData<'synproxy'>): string[] | undefined {
  const isKnown = flags.every(
    (flag) => flag === 'mss' || flag === 'wscale' || Object.hasOwn(FLAGS, String(flag)),
  )
  const has = (flag: 'mss' | 'wscale') => flags.includes(flag)
  // A number that its flag does not announce is not used.
  if (!isKnown || (mss && !has('mss')) || (wscale && !has('wscale'))) return undefined
  const words = Object.entries(FLAGS).filter(([flag]) => (flags as readonly unknown[]).includes(flag))
  return [
    ...(has('mss') ? [`mss ${mss ?? 0}`] : []),
    ...(has('wscale') ? [`wscale ${wscale ?? 0}`] : []),
    ...(words.length > 0 ? [words.map(([, word]) => word).join(' ')] : []),
  ]
}

/** `synproxy mss 1460 wscale 7 timestamp sack-perm` */
export const formatSynproxy = (data: NftExpressionData<'synproxy'>): string => {
  const options = synproxyOptions(data)
  return options ? ['synproxy', ...options].join(' ') : notExpressible('synproxy')
}
