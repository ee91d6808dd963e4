import { attributes } from '../../codec/attributes.js'
import { be32 } from '../../codec/integers.js'
import { bitFlags, enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** NF_NAT_RANGE_*. include/uapi/linux/netfilter/nf_nat.h */
export const natFlags = bitFlags(be32, {
  mapIps: 1,
  protoSpecified: 2,
  random: 4,
  persistent: 8,
  fullyRandom: 16,
  protoOffset: 32,
  netmap: 64,
})

/**
 * Source or destination NAT, to the range of addresses and ports in the registers. NFTA_NAT_*:
 * include/uapi/linux/netfilter/nf_tables.h
 */
export const nat = expression(
  'nat',
  attributes({
    /** NFTA_NAT_TYPE */
    type: [1, enumeration(be32, { snat: 0, dnat: 1 })],
    /** NFTA_NAT_FAMILY */
    family: [2, enumeration(be32, { inet: 1, ip: 2, ip6: 10 })],
    /** NFTA_NAT_REG_ADDR_MIN */
    regAddrMin: [3, register],
    /** NFTA_NAT_REG_ADDR_MAX */
    regAddrMax: [4, register],
    /** NFTA_NAT_REG_PROTO_MIN */
    regProtoMin: [5, register],
    /** NFTA_NAT_REG_PROTO_MAX */
    regProtoMax: [6, register],
    /** NFTA_NAT_FLAGS */
    flags: [7, natFlags],
  }),
)
