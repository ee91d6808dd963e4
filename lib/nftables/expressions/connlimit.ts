import type { NftExpressionData } from '../../../protocol/index.js'
import { notExpressible } from '../format/values.js'

/** `ct count over 20` */
export function formatConnlimit({ count = 0, flags = [] }: NftExpressionData<'connlimit'>): string {
  const isKnown = flags.every((flag) => flag === 'invert')
  return isKnown ? `ct count ${flags.length > 0 ? 'over ' : ''}${count}` : notExpressible('connlimit')
}
