import { formatBytes } from '../units.js'
import type { ExpressionFormat } from './expression.js'

/** `quota over 10 mbytes used 1 kbytes` */
export const formatQuota: ExpressionFormat<'quota'> = ({ bytes = 0n, flags, consumed }) => {
  const over = flags?.includes('invert') ? 'over ' : ''
  return `quota ${over}${formatBytes(bytes)}${consumed ? ` used ${formatBytes(consumed)}` : ''}`
}
