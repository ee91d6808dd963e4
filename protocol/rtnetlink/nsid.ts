import { attributes } from '../codec/attributes.js'
import type { Value } from '../codec/codec.js'
import { s32, u32 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { pad, struct } from '../codec/struct.js'
import { family } from './shared/family.js'

/**
 * RTM_NEWNSID, RTM_GETNSID: the id under which one network namespace knows another.
 * include/uapi/linux/net_namespace.h
 */
export const nsidMessage = message(
  // The kernel answers with struct rtgenmsg, a single byte; attributes begin at the next multiple of four.
  struct({ family, pad: pad(3) }),
  attributes({
    /** NETNSA_NSID: -1 if none is assigned */
    nsid: [1, s32],
    /** NETNSA_PID */
    pid: [2, u32],
    /** NETNSA_FD */
    fd: [3, u32],
    /** NETNSA_TARGET_NSID */
    targetNsid: [4, s32],
    /** NETNSA_CURRENT_NSID */
    currentNsid: [5, s32],
  }),
)

export type NsidMessage = Value<typeof nsidMessage>
