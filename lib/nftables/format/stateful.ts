import type { NftExpression } from '../../../protocol/index.js'
import { formatConnlimit } from '../expressions/connlimit.js'
import { formatCounter } from '../expressions/counter.js'
import { formatLast } from '../expressions/last.js'
import { formatLimit } from '../expressions/limit.js'
import { formatQuota } from '../expressions/quota.js'
import { notExpressible } from './values.js'

const formats = {
  connlimit: formatConnlimit,
  counter: formatCounter,
  last: formatLast,
  limit: formatLimit,
  quota: formatQuota,
} as const

/** As {@link formatStateful}, without the state that elements begin with. */
export const formatStateless = (expression: NftExpression): string =>
  formatStateful(expression).replace(/ (packets 0 bytes 0|used 0 bytes|used never)$/, '')

/** An expression that has a state of its own for each element of a set: `counter packets 0 bytes 0`. */
export function formatStateful({ name, data = {} }: NftExpression): string {
  const isKnown = name !== undefined && Object.hasOwn(formats, name)
  if (!isKnown || data instanceof Uint8Array || 'unknown' in data) return notExpressible(name)
  return formats[name as keyof typeof formats](data as never) ?? notExpressible(name)
}
