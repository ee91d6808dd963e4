import { attributes } from '../codec/attributes.js'
import { bytes } from '../codec/bytes.js'
import { be32 } from '../codec/integers.js'
import { enumeration } from '../codec/names.js'
import { nftName } from './names.js'

/** NFT_* and NF_*: what becomes of a packet. include/uapi/linux/netfilter/nf_tables.h, include/uapi/linux/netfilter.h */
export const verdictCode = enumeration(be32, {
  drop: 0,
  accept: 1,
  stolen: 2,
  queue: 3,
  repeat: 4,
  continue: 0xffffffff,
  break: 0xfffffffe,
  jump: 0xfffffffd,
  goto: 0xfffffffc,
  return: 0xfffffffb,
})

/** NFTA_DATA_*: a value to compare or to load, as the packet would have it; or a verdict. */
export const nftData = attributes({
  /** NFTA_DATA_VALUE: at most 64 bytes (NFT_DATA_VALUE_MAXLEN) */
  value: [1, bytes({ max: 64 })],
  /** NFTA_DATA_VERDICT */
  verdict: [
    2,
    attributes({
      /** NFTA_VERDICT_CODE */
      code: [1, verdictCode],
      /** NFTA_VERDICT_CHAIN: where `jump` and `goto` go */
      chain: [2, nftName],
      /** NFTA_VERDICT_CHAIN_ID */
      chainId: [3, be32],
    }),
  ],
})

/** Registers: 0 is the verdict, 1 to 4 hold 16 bytes each, 8 to 23 are the same memory in pieces of 4. */
export const register = be32
