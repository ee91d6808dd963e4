import { datatypes } from '../datatypes.js'
import { wholeSource } from '../format/source.js'
import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

const TTLS: Readonly<Record<string, string>> = { equal: '', loose: ' ttl loose', skip: ' ttl skip' }

/** `osf name`, `osf ttl skip version` */
export const formatOsf: ExpressionFormat<'osf'> = ({ dreg, ttl = 'equal', flags = [] }, state) => {
  const shown = TTLS[String(ttl)]
  const isKnown = flags.every((flag) => flag === 'version')
  if (shown === undefined || !isKnown) return notExpressible('osf')
  return state.load(
    dreg,
    wholeSource('osf', `osf${shown} ${flags.length > 0 ? 'version' : 'name'}`, datatypes.string),
  )
}
