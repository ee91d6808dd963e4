import { align } from '../codec/align.js'
import { attributes } from '../codec/attributes.js'
import { bytes } from '../codec/bytes.js'
import type { Value } from '../codec/codec.js'
import { DecodeError } from '../codec/errors.js'
import { s64, u32, u64 } from '../codec/integers.js'
import { enumeration } from '../codec/names.js'
import { padding } from '../codec/plan.js'
import { text } from '../codec/text.js'
import { HEADER_SIZE, type MessageHeader, messageFlag, readHeader } from './header.js'

/** What the kernel would have accepted for an attribute. include/uapi/linux/netlink.h: enum netlink_policy_type_attr */
export const policy = attributes({
  /** NL_POLICY_TYPE_ATTR_TYPE */
  type: [
    1,
    enumeration(u32, {
      invalid: 0,
      flag: 1,
      u8: 2,
      u16: 3,
      u32: 4,
      u64: 5,
      s8: 6,
      s16: 7,
      s32: 8,
      s64: 9,
      binary: 10,
      string: 11,
      nulString: 12,
      nested: 13,
      nestedArray: 14,
      bitfield32: 15,
      sint: 16,
      uint: 17,
    }),
  ],
  /** NL_POLICY_TYPE_ATTR_MIN_VALUE_S */
  minValueS: [2, s64],
  /** NL_POLICY_TYPE_ATTR_MAX_VALUE_S */
  maxValueS: [3, s64],
  /** NL_POLICY_TYPE_ATTR_MIN_VALUE_U */
  minValueU: [4, u64],
  /** NL_POLICY_TYPE_ATTR_MAX_VALUE_U */
  maxValueU: [5, u64],
  /** NL_POLICY_TYPE_ATTR_MIN_LENGTH, bytes */
  minLength: [6, u32],
  /** NL_POLICY_TYPE_ATTR_MAX_LENGTH, bytes */
  maxLength: [7, u32],
  /** NL_POLICY_TYPE_ATTR_POLICY_IDX */
  policyIdx: [8, u32],
  /** NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE */
  policyMaxtype: [9, u32],
  /** NL_POLICY_TYPE_ATTR_BITFIELD32_MASK */
  bitfield32Mask: [10, u32],
  /** NL_POLICY_TYPE_ATTR_PAD */
  pad: [11, padding],
  /** NL_POLICY_TYPE_ATTR_MASK */
  mask: [12, u64],
})

export type Policy = Value<typeof policy>

/** The extended acknowledgement. include/uapi/linux/netlink.h: enum nlmsgerr_attrs */
export const extendedAck = attributes({
  /** NLMSGERR_ATTR_MSG: the kernel's explanation, in English */
  msg: [1, text({ max: 4096 })],
  /** NLMSGERR_ATTR_OFFS: the offset of the offending attribute in the request */
  offs: [2, u32],
  /** NLMSGERR_ATTR_COOKIE */
  cookie: [3, bytes({ max: 20 })],
  /** NLMSGERR_ATTR_POLICY */
  policy: [4, policy],
  /** NLMSGERR_ATTR_MISS_TYPE: the number of the missing attribute */
  missType: [5, u32],
  /** NLMSGERR_ATTR_MISS_NEST: the offset of the nest in the request that lacks it */
  missNest: [6, u32],
})

export type ExtendedAck = Value<typeof extendedAck>

export interface ErrorMessage {
  /** 0 for an acknowledgement. */
  readonly errno: number
  /** The header of the request that is answered. */
  readonly request: MessageHeader
  readonly ack: ExtendedAck
}

/** sizeof(struct nlmsgerr): the error number and the header of the request, bytes. */
const FIXED = 4 + HEADER_SIZE
const NO_ACK: ExtendedAck = Object.freeze({})

/**
 * Reads the payload of an NLMSG_ERROR message: struct nlmsgerr, the request's payload unless it was capped, and
 * the extended acknowledgement if the flags announce one.
 * @throws {@link DecodeError} when the payload is shorter than struct nlmsgerr
 */
export function decodeError(view: DataView, at: number, length: number, flags: number): ErrorMessage {
  if (length < FIXED) throw new DecodeError(`an error message of ${length} bytes, at least ${FIXED} expected`)
  const request = readHeader(view, at + 4)
  let ack = NO_ACK
  if (flags & messageFlag.ackAttributes) {
    const echoed = flags & messageFlag.capped ? HEADER_SIZE : Math.max(request.length, HEADER_SIZE)
    // Compared before rounding up, which overflows for a length close to 2^32.
    const skipped = echoed < length ? 4 + align(echoed) : length
    if (skipped < length) ack = extendedAck.decode(view, at + skipped, length - skipped, {})
  }
  return { errno: -view.getInt32(at, true), request, ack }
}
