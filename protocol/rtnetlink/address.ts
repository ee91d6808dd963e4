import { ip } from '../codec/address.js'
import { attributes } from '../codec/attributes.js'
import type { Input, Value } from '../codec/codec.js'
import { s32, u8, u32 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { bitFlags, enumeration } from '../codec/names.js'
import { struct } from '../codec/struct.js'
import { text } from '../codec/text.js'
import { family } from './shared/family.js'
import { scope } from './shared/scope.js'

/** IFA_F_*. include/uapi/linux/if_addr.h */
const ifaFlags = {
  /** An IPv4 address in the prefix of another; for IPv6 a temporary one. */
  secondary: 0x1,
  nodad: 0x2,
  optimistic: 0x4,
  dadfailed: 0x8,
  homeaddress: 0x10,
  deprecated: 0x20,
  tentative: 0x40,
  permanent: 0x80,
  managetempaddr: 0x100,
  noprefixroute: 0x200,
  mcautojoin: 0x400,
  stablePrivacy: 0x800,
} as const

/** IFA_F_*, all of them: those of IFA_FLAGS. */
export const addressFlags = bitFlags(u32, ifaFlags)

/** IFAPROT_*: the origin of an address. include/uapi/linux/if_addr.h */
export const addressProtocol = enumeration(u8, { unspec: 0, kernelLo: 1, kernelRa: 2, kernelLl: 3 })

/** RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR: an address. rtnetlink(7), include/uapi/linux/if_addr.h */
export const addressMessage = message(
  struct(
    {
      family,
      /** The prefix length in bits. */
      prefixlen: u8,
      flags: bitFlags(u8, ifaFlags),
      scope,
      /** The index of the link. */
      index: u32,
    },
    { exact: true },
  ),
  attributes({
    /** IFA_ADDRESS: the address of the prefix; on a point-to-point link, the peer's */
    address: [1, ip],
    /** IFA_LOCAL: the link's own address */
    local: [2, ip],
    /** IFA_LABEL: an IPv4 alias name, which begins with the name of the link */
    label: [3, text({ max: 15 })],
    /** IFA_BROADCAST */
    broadcast: [4, ip],
    /** IFA_ANYCAST */
    anycast: [5, ip],
    /** IFA_CACHEINFO: lifetimes in seconds, 4294967295 means forever; timestamps in 1/100 s */
    cacheinfo: [6, struct({ prefered: u32, valid: u32, cstamp: u32, tstamp: u32 })],
    /** IFA_MULTICAST */
    multicast: [7, ip],
    /** IFA_FLAGS: all flags; the header has the lowest eight */
    flags: [8, addressFlags],
    /** IFA_RT_PRIORITY: the metric of the prefix's route */
    rtPriority: [9, u32],
    /** IFA_TARGET_NETNSID */
    targetNetnsid: [10, s32],
    /** IFA_PROTO */
    proto: [11, addressProtocol],
  }),
)

export type AddressMessage = Value<typeof addressMessage>
export type AddressMessageInput = Input<typeof addressMessage>
