import { attributes } from '../codec/attributes.js'
import { bytes } from '../codec/bytes.js'
import { be32 } from '../codec/integers.js'
import { enumeration } from '../codec/names.js'
import { nftName } from './names.js'

/** Verdicts: NF_* of include/uapi/linux/netfilter.h, NFT_* of include/uapi/linux/netfilter/nf_tables.h. */
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

/** NFTA_DATA_*: a value to compare with or to load, in the byte order of the register; or a verdict. */
export const nftData = attributes({
  /** NFTA_DATA_VALUE: at most 64 bytes (NFT_DATA_VALUE_MAXLEN) */
  value: [1, bytes({ max: 64 })],
  /** NFTA_DATA_VERDICT */
  verdict: [
    2,
    attributes({
      /** NFTA_VERDICT_CODE */
      code: [1, verdictCode],
      /** NFTA_VERDICT_CHAIN: the target of `jump` and `goto` */
      chain: [2, nftName],
      /** NFTA_VERDICT_CHAIN_ID: a chain of the same transaction */
      chainId: [3, be32],
    }),
  ],
})

/** A register's number: see {@link nftRegister}. */
export const register = be32

/**
 * NFT_REG_VERDICT; NFT_REG_1 to NFT_REG_4, of 16 bytes each; NFT_REG32_00, the first of 16 registers of 4 bytes, which
 * are the same memory. include/uapi/linux/netfilter/nf_tables.h: enum nft_registers
 */
export const nftRegister = { verdict: 0, reg1: 1, reg2: 2, reg3: 3, reg4: 4, reg32: 8 } as const

/** NFT_DATA_VERDICT: the data type of verdict maps. include/uapi/linux/netfilter/nf_tables.h: enum nft_data_types */
export const NFT_DATA_VERDICT = 0xffffff00
