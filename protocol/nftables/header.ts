import { be16, u8 } from '../codec/integers.js'
import { struct } from '../codec/struct.js'
import { nfFamily } from './family.js'

/** struct nfgenmsg. include/uapi/linux/netfilter/nfnetlink.h */
export const nfgenmsg = struct(
  {
    family: nfFamily,
    version: u8,
    /** In a batch message the subsystem it addresses; in a listing the low 16 bits of the ruleset's generation. */
    resId: be16,
  },
  { exact: true },
)
