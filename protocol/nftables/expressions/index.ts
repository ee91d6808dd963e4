import { bitwise } from './bitwise.js'
import { byteorder } from './byteorder.js'
import { cmp } from './cmp.js'
import { match, target } from './compat.js'
import { counter } from './counter.js'
import { ct } from './ct.js'
import { fib } from './fib.js'
import { immediate } from './immediate.js'
import { limit } from './limit.js'
import { log } from './log.js'
import { lookup } from './lookup.js'
import { masq } from './masq.js'
import { meta } from './meta.js'
import { nat } from './nat.js'
import { notrack } from './notrack.js'
import { objref } from './objref.js'
import { payload } from './payload.js'
import { quota } from './quota.js'
import { range } from './range.js'
import { redir } from './redir.js'
import { reject } from './reject.js'

/** Every declared type of expression: static types and codecs are derived from this list. */
export const nftExpressions = [
  bitwise,
  byteorder,
  cmp,
  counter,
  ct,
  fib,
  immediate,
  limit,
  log,
  lookup,
  masq,
  match,
  meta,
  nat,
  notrack,
  objref,
  payload,
  quota,
  range,
  redir,
  reject,
  target,
] as const
