import { ip } from '../codec/address.js'
import { attributes } from '../codec/attributes.js'
import { bytes } from '../codec/bytes.js'
import type { Input, Value } from '../codec/codec.js'
import { be16, be32, s32, u8, u32 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { bitFlags, enumeration } from '../codec/names.js'
import { padding } from '../codec/plan.js'
import { struct } from '../codec/struct.js'
import { text } from '../codec/text.js'
import { encapType } from './shared/encap-type.js'
import { family } from './shared/family.js'
import { labels } from './shared/labels.js'
import { multipath } from './shared/multipath.js'
import { nexthopFlagNames } from './shared/nexthop-flags.js'
import { routeAddress } from './shared/route-address.js'
import { scope } from './shared/scope.js'
import { tables } from './shared/tables.js'
import { via } from './shared/via.js'

/** RTPROT_*: the origin of a route. include/uapi/linux/rtnetlink.h */
export const routeProtocol = enumeration(u8, {
  unspec: 0,
  redirect: 1,
  kernel: 2,
  boot: 3,
  static: 4,
  gated: 8,
  ra: 9,
  mrt: 10,
  zebra: 11,
  bird: 12,
  dnrouted: 13,
  xorp: 14,
  ntk: 15,
  dhcp: 16,
  mrouted: 17,
  keepalived: 18,
  babel: 42,
  openr: 99,
  bgp: 186,
  isis: 187,
  ospf: 188,
  rip: 189,
  eigrp: 192,
})

/** RTN_*: what happens to matching packets. include/uapi/linux/rtnetlink.h */
export const routeType = enumeration(u8, {
  unspec: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
  xresolve: 11,
})

/** RTM_F_*, and RTNH_F_* of a route with one next hop. include/uapi/linux/rtnetlink.h */
export const routeFlags = bitFlags(u32, {
  ...nexthopFlagNames,
  notify: 0x100,
  cloned: 0x200,
  equalize: 0x400,
  prefix: 0x800,
  lookupTable: 0x1000,
  fibMatch: 0x2000,
  rtOffload: 0x4000,
  rtTrap: 0x8000,
  offloadFailed: 0x20000000,
})

/** RTAX_*: the metrics of a path. include/uapi/linux/rtnetlink.h */
export const routeMetrics = attributes({
  /** RTAX_LOCK: the bits of the metrics that the kernel must not update */
  lock: [1, u32],
  /** RTAX_MTU, bytes */
  mtu: [2, u32],
  /** RTAX_WINDOW, bytes */
  window: [3, u32],
  /** RTAX_RTT, 1/8 ms */
  rtt: [4, u32],
  /** RTAX_RTTVAR, 1/4 ms */
  rttvar: [5, u32],
  /** RTAX_SSTHRESH */
  ssthresh: [6, u32],
  /** RTAX_CWND */
  cwnd: [7, u32],
  /** RTAX_ADVMSS, bytes */
  advmss: [8, u32],
  /** RTAX_REORDERING */
  reordering: [9, u32],
  /** RTAX_HOPLIMIT */
  hoplimit: [10, u32],
  /** RTAX_INITCWND */
  initcwnd: [11, u32],
  /** RTAX_FEATURES */
  features: [12, bitFlags(u32, { ecn: 1, sack: 2, timestamp: 4, allfrag: 8, tcpUsecTs: 16 })],
  /** RTAX_RTO_MIN, ms */
  rtoMin: [13, u32],
  /** RTAX_INITRWND */
  initrwnd: [14, u32],
  /** RTAX_QUICKACK */
  quickack: [15, u32],
  /** RTAX_CC_ALGO: the congestion control's name */
  ccAlgo: [16, text({ max: 15 })],
  /** RTAX_FASTOPEN_NO_COOKIE */
  fastopenNoCookie: [17, u32],
})

/** struct rtmsg. include/uapi/linux/rtnetlink.h */
const rtmsg = struct(
  {
    family,
    /** The destination's prefix length in bits. */
    dstLen: u8,
    /** The source's prefix length in bits. */
    srcLen: u8,
    tos: u8,
    table: enumeration(u8, tables),
    protocol: routeProtocol,
    scope,
    type: routeType,
    flags: routeFlags,
  },
  { exact: true },
)

/** RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE: a route. rtnetlink(7), include/uapi/linux/rtnetlink.h */
export const routeMessage = message(
  rtmsg,
  attributes({
    /** RTA_DST: absent for a default route; a label for family `mpls` */
    dst: [1, routeAddress],
    /** RTA_SRC: matches packets from this source only (IPv6) */
    src: [2, ip],
    /** RTA_IIF */
    iif: [3, u32],
    /** RTA_OIF: the index of the outgoing link */
    oif: [4, u32],
    /** RTA_GATEWAY: the next hop, of the route's own family */
    gateway: [5, ip],
    /** RTA_PRIORITY: the metric; the lowest wins */
    priority: [6, u32],
    /** RTA_PREFSRC: the source address to prefer */
    prefsrc: [7, ip],
    /** RTA_METRICS */
    metrics: [8, routeMetrics],
    /** RTA_MULTIPATH: several next hops */
    multipath: [9, multipath],
    /** RTA_FLOW: the realm */
    flow: [11, u32],
    /** RTA_CACHEINFO: times in 1/100 s (USER_HZ) */
    cacheinfo: [
      12,
      struct({
        clntref: u32,
        lastuse: u32,
        expires: s32,
        error: u32,
        used: u32,
        id: u32,
        ts: u32,
        tsage: u32,
      }),
    ],
    /** RTA_TABLE: the table; the header's field holds numbers up to 255 only */
    table: [15, enumeration(u32, tables)],
    /** RTA_MARK: the packet mark of a lookup */
    mark: [16, u32],
    /** RTA_VIA: the next hop, of another family */
    via: [18, via],
    /** RTA_NEWDST: the outgoing labels (MPLS) */
    newdst: [19, labels],
    /** RTA_PREF: the router preference (RFC 4191) */
    pref: [20, enumeration(u8, { medium: 0, high: 1, low: 3 })],
    /** RTA_ENCAP_TYPE. include/uapi/linux/lwtunnel.h */
    encapType: [21, encapType],
    /** RTA_ENCAP: the parameters of `encapType`, as raw attributes */
    encap: [22, bytes()],
    /** RTA_EXPIRES, seconds */
    expires: [23, u32],
    /** RTA_PAD */
    pad: [24, padding],
    /** RTA_UID: the user id of a lookup */
    uid: [25, u32],
    /** RTA_TTL_PROPAGATE */
    ttlPropagate: [26, u8],
    /** RTA_IP_PROTO: the transport protocol of a lookup */
    ipProto: [27, u8],
    /** RTA_SPORT */
    sport: [28, be16],
    /** RTA_DPORT */
    dport: [29, be16],
    /** RTA_NH_ID: the id of a next hop object */
    nhId: [30, u32],
    /** RTA_FLOWLABEL */
    flowlabel: [31, be32],
  }),
)

export type RouteMessage = Value<typeof routeMessage>
export type RouteMessageInput = Input<typeof routeMessage>
