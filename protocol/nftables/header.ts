import { be16, u8 } from '../codec/integers.js'
import { struct } from '../codec/struct.js'
import { nfFamily } from './family.js'

/** struct nfgenmsg. include/uapi/linux/netfilter/nfnetlink.h */
export const nfgenmsg = struct(
  {
    family: nfFamily,
    version: u8,
    /** Of a batch, the subsystem that it is for; of a listing, the generation's last 16 bits. */
    resId: be16,
  },
  { exact: true },
)
