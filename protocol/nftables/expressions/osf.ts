import { attributes } from '../../codec/attributes.js'
import { be32, u8 } from '../../codec/integers.js'
import { bitFlags, enumeration } from '../../codec/names.js'
import { register } from '../data.js'
import { expression } from '../expression.js'

/** Loads the name of the operating system that the packet seems to come from. NFTA_OSF_*: include/uapi/linux/netfilter/nf_tables.h */
export const osf = expression(
  'osf',
  attributes({
    /** NFTA_OSF_DREG */
    dreg: [1, register],
    /** NFTA_OSF_TTL: how the TTL is compared */
    ttl: [2, enumeration(u8, { equal: 0, loose: 1, skip: 2 })],
    /** NFTA_OSF_FLAGS: `version` adds the version to the name */
    flags: [3, bitFlags(be32, { version: 1 })],
  }),
)
