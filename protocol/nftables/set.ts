import { listOf } from '../codec/arrays.js'
import { attributes } from '../codec/attributes.js'
import { be32, be64 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { bitFlags, enumeration } from '../codec/names.js'
import { padding } from '../codec/plan.js'
import { text } from '../codec/text.js'
import { nftData } from './data.js'
import { nfgenmsg } from './header.js'
import { nftName } from './names.js'
import { nftObjectType } from './object-type.js'
import { expressionList, nftExpression } from './rule.js'
import { elementUserdata, setUserdata } from './userdata.js'

/** NFT_SET_*: the flags of a set. include/uapi/linux/netfilter/nf_tables.h */
export const nftSetFlags = bitFlags(be32, {
  anonymous: 0x1,
  constant: 0x2,
  interval: 0x4,
  map: 0x8,
  timeout: 0x10,
  eval: 0x20,
  object: 0x40,
  concat: 0x80,
  expr: 0x100,
})

/** NFT_MSG_NEWSET, NFT_MSG_GETSET, NFT_MSG_DELSET: a set or a map. include/uapi/linux/netfilter/nf_tables.h */
export const nftSetMessage = message(
  nfgenmsg,
  attributes({
    /** NFTA_SET_TABLE */
    table: [1, nftName],
    /** NFTA_SET_NAME */
    name: [2, nftName],
    /** NFTA_SET_FLAGS */
    flags: [3, nftSetFlags],
    /** NFTA_SET_KEY_TYPE: opaque to the kernel; the number of a libnftables data type */
    keyType: [4, be32],
    /** NFTA_SET_KEY_LEN, bytes */
    keyLen: [5, be32],
    /** NFTA_SET_DATA_TYPE: as `keyType`, or NFT_DATA_VERDICT */
    dataType: [6, be32],
    /** NFTA_SET_DATA_LEN, bytes */
    dataLen: [7, be32],
    /** NFTA_SET_POLICY */
    policy: [8, enumeration(be32, { performance: 0, memory: 1 })],
    /** NFTA_SET_DESC */
    desc: [
      9,
      attributes({
        /** NFTA_SET_DESC_SIZE: the maximum number of elements */
        size: [1, be32],
        /** NFTA_SET_DESC_CONCAT: the length of each field of a concatenated key, bytes */
        concat: [2, listOf(1, attributes({ len: [1, be32] }))],
      }),
    ],
    /** NFTA_SET_ID: identifies it within its transaction */
    id: [10, be32],
    /** NFTA_SET_TIMEOUT, ms */
    timeout: [11, be64],
    /** NFTA_SET_GC_INTERVAL, ms */
    gcInterval: [12, be32],
    /** NFTA_SET_USERDATA: what nft(8) stores to print it as it was written */
    userdata: [13, setUserdata],
    /** NFTA_SET_PAD */
    pad: [14, padding],
    /** NFTA_SET_OBJ_TYPE */
    objType: [15, nftObjectType],
    /** NFTA_SET_HANDLE */
    handle: [16, be64],
    /** NFTA_SET_EXPR */
    expr: [17, nftExpression],
    /** NFTA_SET_EXPRESSIONS */
    expressions: [18, expressionList],
    /** NFTA_SET_TYPE: the kernel's implementation: `nft_set_hash_fast_type` */
    type: [19, text({ max: 63 })],
    /** NFTA_SET_COUNT: the number of elements */
    count: [20, be32],
  }),
)

/** NFTA_SET_ELEM_*: an element. include/uapi/linux/netfilter/nf_tables.h */
export const nftSetElement = attributes({
  /** NFTA_SET_ELEM_KEY */
  key: [1, nftData],
  /** NFTA_SET_ELEM_DATA: the value of a map element */
  data: [2, nftData],
  /** NFTA_SET_ELEM_FLAGS: `intervalEnd` marks the first value after an interval */
  flags: [3, bitFlags(be32, { intervalEnd: 1, catchall: 2 })],
  /** NFTA_SET_ELEM_TIMEOUT, ms */
  timeout: [4, be64],
  /** NFTA_SET_ELEM_EXPIRATION: time left, ms */
  expiration: [5, be64],
  /** NFTA_SET_ELEM_USERDATA */
  userdata: [6, elementUserdata],
  /** NFTA_SET_ELEM_EXPR */
  expr: [7, nftExpression],
  /** NFTA_SET_ELEM_PAD */
  pad: [8, padding],
  /** NFTA_SET_ELEM_OBJREF */
  objref: [9, nftName],
  /** NFTA_SET_ELEM_KEY_END: the last value of an interval of concatenated keys, inclusive */
  keyEnd: [10, nftData],
  /** NFTA_SET_ELEM_EXPRESSIONS */
  expressions: [11, expressionList],
})

/**
 * NFT_MSG_NEWSETELEM, NFT_MSG_GETSETELEM, NFT_MSG_DELSETELEM: elements of a set.
 * include/uapi/linux/netfilter/nf_tables.h
 */
export const nftSetElementsMessage = message(
  nfgenmsg,
  attributes({
    /** NFTA_SET_ELEM_LIST_TABLE */
    table: [1, nftName],
    /** NFTA_SET_ELEM_LIST_SET */
    set: [2, nftName],
    /** NFTA_SET_ELEM_LIST_ELEMENTS */
    elements: [3, listOf(1, nftSetElement)],
    /** NFTA_SET_ELEM_LIST_SET_ID: `set`, by the `id` of a set of the same transaction */
    setId: [4, be32],
  }),
)
