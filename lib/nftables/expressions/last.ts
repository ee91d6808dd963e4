import type { NftExpressionData } from '../../../protocol/index.js'
import { formatTime } from '../units.js'

/** `last used 5s`, `last used never` */
export const formatLast = ({ set = 0, msecs = 0n }: NftExpressionData<'last'>): string =>
  `last used ${set === 0 ? 'never' : formatTime(msecs)}`
