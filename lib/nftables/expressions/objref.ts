import { quoted } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** NFT_OBJECT_*. include/uapi/linux/netfilter/nf_tables.h */
const OBJECTS = ['', 'counter', 'quota', 'ct helper', 'limit']

/** `counter name "web"` */
export const formatObjref: ExpressionFormat<'objref'> = ({ immType = 0, immName = '' }) =>
  `${OBJECTS[immType] ?? 'object'} name ${quoted(immName)}`
