import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { bitFlags, enumeration } from '../../codec/names.js'
import { expression, expressionCodec } from '../expression.js'
import { meta } from './meta.js'
import { payload } from './payload.js'

const innerExpression = expressionCodec([meta, payload] as const)

/** Evaluates an expression on the packet inside a tunnel. NFTA_INNER_*: include/uapi/linux/netfilter/nf_tables.h */
export const inner = expression(
  'inner',
  attributes({
    /** NFTA_INNER_NUM */
    num: [1, be32],
    /** NFTA_INNER_TYPE */
    type: [2, enumeration(be32, { vxlan: 1, geneve: 2 })],
    /** NFTA_INNER_FLAGS */
    flags: [3, bitFlags(be32, { header: 1, link: 2, network: 4, transport: 8 })],
    /** NFTA_INNER_HDRSIZE: of the tunnel header, bytes */
    hdrsize: [4, be32],
    /** NFTA_INNER_EXPR */
    expr: [5, innerExpression],
  }),
)
