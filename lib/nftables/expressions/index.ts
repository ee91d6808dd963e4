import type { NftExpressionName } from '../../../protocol/index.js'
import { formatBitwise } from './bitwise.js'
import { formatByteorder } from './byteorder.js'
import { formatCmp } from './cmp.js'
import { formatXtMatch, formatXtTarget } from './compat.js'
import { formatCounter } from './counter.js'
import { formatCt } from './ct.js'
import { type ExpressionFormat, notExpressible } from './expression.js'
import { formatFib } from './fib.js'
import { formatImmediate } from './immediate.js'
import { formatLimit } from './limit.js'
import { formatLog } from './log.js'
import { formatLookup } from './lookup.js'
import { formatMasq } from './masq.js'
import { formatMeta } from './meta.js'
import { formatNat } from './nat.js'
import { formatNotrack } from './notrack.js'
import { formatObjref } from './objref.js'
import { formatPayload } from './payload.js'
import { formatQuota } from './quota.js'
import { formatRange } from './range.js'
import { formatRedir } from './redir.js'
import { formatReject } from './reject.js'

const unformatted = (name: NftExpressionName) => () => notExpressible(name)

/** How each type of expression of `protocol/nftables/expressions` is formatted; a missing one does not compile. */
export const expressionFormats: { readonly [N in NftExpressionName]: ExpressionFormat<N> } = {
  bitwise: formatBitwise,
  byteorder: formatByteorder,
  cmp: formatCmp,
  counter: formatCounter,
  ct: formatCt,
  fib: formatFib,
  immediate: formatImmediate,
  limit: formatLimit,
  log: formatLog,
  lookup: formatLookup,
  masq: formatMasq,
  match: formatXtMatch,
  meta: formatMeta,
  nat: formatNat,
  notrack: formatNotrack,
  objref: formatObjref,
  payload: formatPayload,
  quota: formatQuota,
  range: formatRange,
  redir: formatRedir,
  reject: formatReject,
  connlimit: unformatted('connlimit'),
  dup: unformatted('dup'),
  dynset: unformatted('dynset'),
  exthdr: unformatted('exthdr'),
  flow_offload: unformatted('flow_offload'),
  fwd: unformatted('fwd'),
  hash: unformatted('hash'),
  inner: unformatted('inner'),
  last: unformatted('last'),
  numgen: unformatted('numgen'),
  osf: unformatted('osf'),
  queue: unformatted('queue'),
  rt: unformatted('rt'),
  socket: unformatted('socket'),
  synproxy: unformatted('synproxy'),
  tproxy: unformatted('tproxy'),
  tunnel: unformatted('tunnel'),
  xfrm: unformatted('xfrm'),
  target: formatXtTarget,
}
