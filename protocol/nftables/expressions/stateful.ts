import { expressionCodec } from '../expression.js'
import { connlimit } from './connlimit.js'
import { counter } from './counter.js'
import { last } from './last.js'
import { limit } from './limit.js'
import { quota } from './quota.js'

/** An expression with a state of its own for each element of a set. net/netfilter/nf_tables_api.c: NFT_EXPR_STATEFUL */
export const statefulExpression = expressionCodec([connlimit, counter, last, limit, quota] as const)
