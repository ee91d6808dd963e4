import type { NftExpressionName } from '../../../protocol/index.js'
import { formatBitwise } from './bitwise.js'
import { formatByteorder } from './byteorder.js'
import { formatCmp } from './cmp.js'
import { formatXtMatch, formatXtTarget } from './compat.js'
import { formatConnlimit } from './connlimit.js'
import { formatCounter } from './counter.js'
import { formatCt } from './ct.js'
import { formatDup } from './dup.js'
import { formatDynset } from './dynset.js'
import type { ExpressionFormat } from './expression.js'
import { formatExthdr } from './exthdr.js'
import { formatFib } from './fib.js'
import { formatFlowOffload } from './flow-offload.js'
import { formatFwd } from './fwd.js'
import { formatHash } from './hash.js'
import { formatImmediate } from './immediate.js'
import { formatInner } from './inner.js'
import { formatLast } from './last.js'
import { formatLimit } from './limit.js'
import { formatLog } from './log.js'
import { formatLookup } from './lookup.js'
import { formatMasq } from './masq.js'
import { formatMeta } from './meta.js'
import { formatNat } from './nat.js'
import { formatNotrack } from './notrack.js'
import { formatNumgen } from './numgen.js'
import { formatObjref } from './objref.js'
import { formatOsf } from './osf.js'
import { formatPayload } from './payload.js'
import { formatQueue } from './queue.js'
import { formatQuota } from './quota.js'
import { formatRange } from './range.js'
import { formatRedir } from './redir.js'
import { formatReject } from './reject.js'
import { formatRt } from './rt.js'
import { formatSocket } from './socket.js'
import { formatSynproxy } from './synproxy.js'
import { formatTproxy } from './tproxy.js'
import { formatTunnel } from './tunnel.js'
import { formatXfrm } from './xfrm.js'

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
  connlimit: formatConnlimit,
  dup: formatDup,
  dynset: formatDynset,
  exthdr: formatExthdr,
  flow_offload: formatFlowOffload,
  fwd: formatFwd,
  hash: formatHash,
  inner: formatInner,
  last: formatLast,
  numgen: formatNumgen,
  osf: formatOsf,
  queue: formatQueue,
  rt: formatRt,
  socket: formatSocket,
  synproxy: formatSynproxy,
  tproxy: formatTproxy,
  tunnel: formatTunnel,
  xfrm: formatXfrm,
  target: formatXtTarget,
}
