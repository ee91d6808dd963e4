import { ip } from '../codec/address.js'
import { attributes } from '../codec/attributes.js'
import { bytes, neighbourAddress } from '../codec/bytes.js'
import type { Input, Value } from '../codec/codec.js'
import { be16, s32, u8, u16, u32 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { bitFlags, enumeration } from '../codec/names.js'
import { pad, struct } from '../codec/struct.js'
import { routeProtocol, routeType } from './route.js'
import { family } from './shared/family.js'

/** NUD_*: what is known about a neighbour's link-layer address. include/uapi/linux/neighbour.h */
export const neighbourState = enumeration(u16, {
  none: 0,
  incomplete: 0x1,
  reachable: 0x2,
  stale: 0x4,
  delay: 0x8,
  probe: 0x10,
  failed: 0x20,
  noarp: 0x40,
  permanent: 0x80,
})

/** NTF_*. include/uapi/linux/neighbour.h */
export const neighbourFlags = bitFlags(u8, {
  use: 0x1,
  self: 0x2,
  master: 0x4,
  proxy: 0x8,
  extLearned: 0x10,
  offloaded: 0x20,
  sticky: 0x40,
  router: 0x80,
})

/** NTF_EXT_*. include/uapi/linux/neighbour.h */
export const neighbourFlagsExt = bitFlags(u32, { managed: 0x1, locked: 0x2, extValidated: 0x4 })

/**
 * RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH: a neighbour, or an entry of a forwarding database.
 * rtnetlink(7), include/uapi/linux/neighbour.h
 */
export const neighbourMessage = message(
  struct(
    {
      family,
      pad: pad(3),
      /** The link's index. */
      index: s32,
      state: neighbourState,
      flags: neighbourFlags,
      type: routeType,
    },
    { exact: true },
  ),
  attributes({
    /** NDA_DST: the network-layer address */
    dst: [1, ip],
    /** NDA_LLADDR: the link-layer address */
    lladdr: [2, neighbourAddress],
    /** NDA_CACHEINFO: times since the entry was confirmed, used and updated, in 1/100 s (USER_HZ) */
    cacheinfo: [3, struct({ confirmed: u32, used: u32, updated: u32, refcnt: u32 })],
    /** NDA_PROBES: unanswered probes */
    probes: [4, u32],
    /** NDA_VLAN */
    vlan: [5, u16],
    /** NDA_PORT: the UDP port of a remote VXLAN endpoint */
    port: [6, be16],
    /** NDA_VNI */
    vni: [7, u32],
    /** NDA_IFINDEX: the link that a listing is limited to, or that a remote endpoint is reached by */
    ifindex: [8, u32],
    /** NDA_MASTER: the master whose links a listing is limited to */
    master: [9, u32],
    /** NDA_LINK_NETNSID */
    linkNetnsid: [10, s32],
    /** NDA_SRC_VNI */
    srcVni: [11, u32],
    /** NDA_PROTOCOL: the origin of the entry */
    protocol: [12, routeProtocol],
    /** NDA_NH_ID: the next hop object */
    nhId: [13, u32],
    /** NDA_FDB_EXT_ATTRS */
    fdbExtAttrs: [14, bytes()],
    /** NDA_FLAGS_EXT: NTF_EXT_* */
    flagsExt: [15, neighbourFlagsExt],
    /** NDA_NDM_STATE_MASK */
    ndmStateMask: [16, u16],
    /** NDA_NDM_FLAGS_MASK */
    ndmFlagsMask: [17, u8],
  }),
)

export type NeighbourMessage = Value<typeof neighbourMessage>
export type NeighbourMessageInput = Input<typeof neighbourMessage>
