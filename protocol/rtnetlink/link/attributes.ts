import { listOf, multiple } from '../../codec/arrays.js'
import { attributes } from '../../codec/attributes.js'
import { bool } from '../../codec/boolean.js'
import { bytes, hardwareAddress } from '../../codec/bytes.js'
import { s32, u8, u16, u32, u64, uint } from '../../codec/integers.js'
import { type MessageCodec, message } from '../../codec/message.js'
import { bitFlags, enumeration } from '../../codec/names.js'
import { padding } from '../../codec/plan.js'
import { select } from '../../codec/select.js'
import { pad, struct } from '../../codec/struct.js'
import { text } from '../../codec/text.js'
import { family } from '../shared/family.js'
import { altName, linkName } from '../shared/link-name.js'
import { inet6Link, inetLink, mctpLink } from './af-spec.js'
import { bridgePort } from './kinds/bridge.js'
import { linkStats, linkStats64 } from './stats.js'
import { vfInfo } from './vf.js'

/** IFF_*: net_device_flags. include/uapi/linux/if.h */
export const linkFlags = bitFlags(u32, {
  up: 0x1,
  broadcast: 0x2,
  debug: 0x4,
  loopback: 0x8,
  pointopoint: 0x10,
  notrailers: 0x20,
  running: 0x40,
  noarp: 0x80,
  promisc: 0x100,
  allmulti: 0x200,
  master: 0x400,
  slave: 0x800,
  multicast: 0x1000,
  portsel: 0x2000,
  automedia: 0x4000,
  dynamic: 0x8000,
  lowerUp: 0x10000,
  dormant: 0x20000,
  echo: 0x40000,
})

/** ARPHRD_*: the type of hardware or of link-layer header. include/uapi/linux/if_arp.h */
export const hardwareType = enumeration(u16, {
  netrom: 0,
  ether: 1,
  infiniband: 32,
  can: 280,
  mctp: 290,
  ppp: 512,
  rawip: 519,
  tunnel: 768,
  tunnel6: 769,
  loopback: 772,
  sit: 776,
  ipgre: 778,
  pimreg: 779,
  ieee80211: 801,
  ieee80211Prism: 802,
  ieee80211Radiotap: 803,
  ieee802154: 804,
  ieee802154Monitor: 805,
  phonet: 820,
  ip6gre: 823,
  netlink: 824,
  sixlowpan: 825,
  vsockmon: 826,
  none: 0xfffe,
  void: 0xffff,
})

/** struct ifinfomsg. include/uapi/linux/rtnetlink.h */
export const ifinfomsg = struct(
  {
    family,
    pad: pad(1),
    /** ARPHRD_* */
    type: hardwareType,
    /** The index of the link; 0 if the name identifies it. */
    index: s32,
    flags: linkFlags,
    /** The mask of the flags that a request changes. */
    change: linkFlags,
  },
  { exact: true },
)

/** RTEXT_FILTER_*: what a dump includes or omits. include/uapi/linux/rtnetlink.h */
const extendedFilter = bitFlags(u32, {
  vf: 0x1,
  brvlan: 0x2,
  brvlanCompressed: 0x4,
  skipStats: 0x8,
  mrp: 0x10,
  cfmConfig: 0x20,
  cfmStatus: 0x40,
  mst: 0x80,
})

/** Per-family settings, whose form depends on the family of the message: `unspec` or `bridge`. */
const familySpec = select('family', {
  unspec: attributes({
    /** AF_INET */
    inet: [2, inetLink],
    /** AF_INET6 */
    inet6: [10, inet6Link],
    /** AF_MCTP */
    mctp: [45, mctpLink],
  }),
  bridge: attributes({
    /** IFLA_BRIDGE_FLAGS: 1 for the port's master, 2 for the port itself */
    flags: [0, u16],
    /** IFLA_BRIDGE_MODE */
    mode: [1, enumeration(u16, { veb: 0, vepa: 1 })],
    /** IFLA_BRIDGE_VLAN_INFO */
    vlanInfo: [
      2,
      multiple(
        struct({
          flags: bitFlags(u16, { master: 1, pvid: 2, untagged: 4, rangeBegin: 8, rangeEnd: 16, brentry: 32 }),
          vid: u16,
        }),
      ),
    ],
  }),
})

/** IFLA_*, all but IFLA_LINKINFO: the attributes of a link, and of the peer of a pair. include/uapi/linux/if_link.h */
export const linkTable = {
  /** IFLA_ADDRESS: the link-layer address */
  address: [1, hardwareAddress],
  /** IFLA_BROADCAST: the link-layer broadcast address */
  broadcast: [2, hardwareAddress],
  /** IFLA_IFNAME */
  ifname: [3, linkName],
  /** IFLA_MTU, bytes */
  mtu: [4, u32],
  /** IFLA_LINK: the index of the link underneath, or of a veth's peer */
  link: [5, u32],
  /** IFLA_QDISC: the name of the queueing discipline */
  qdisc: [6, text({ max: 15 })],
  /** IFLA_STATS: the counters truncated to 32 bits */
  stats: [7, linkStats],
  /** IFLA_MASTER: the bridge, bond or vrf that the link belongs to; 0 releases it */
  master: [10, u32],
  /** IFLA_PROTINFO: per-protocol settings of the message's family */
  protinfo: [12, select('family', { bridge: bridgePort, inet6: inet6Link })],
  /** IFLA_TXQLEN, packets */
  txqlen: [13, u32],
  /** IFLA_MAP: memory and interrupt of old hardware */
  map: [14, struct({ memStart: u64, memEnd: u64, baseAddr: u64, irq: u16, dma: u8, port: u8, pad: pad(4) })],
  /** IFLA_WEIGHT */
  weight: [15, u32],
  /** IFLA_OPERSTATE (RFC 2863) */
  operstate: [
    16,
    enumeration(u8, {
      unknown: 0,
      notpresent: 1,
      down: 2,
      lowerlayerdown: 3,
      testing: 4,
      dormant: 5,
      up: 6,
    }),
  ],
  /** IFLA_LINKMODE */
  linkmode: [17, enumeration(u8, { default: 0, dormant: 1, testing: 2 })],
  /** IFLA_NET_NS_PID: a namespace, by the id of a process in it */
  netNsPid: [19, u32],
  /** IFLA_IFALIAS: free text */
  ifalias: [20, text({ max: 255, terminated: false })],
  /** IFLA_NUM_VF */
  numVf: [21, u32],
  /** IFLA_VFINFO_LIST */
  vfinfoList: [22, listOf(1, vfInfo)],
  /** IFLA_STATS64 */
  stats64: [23, linkStats64],
  /** IFLA_AF_SPEC */
  afSpec: [26, familySpec],
  /** IFLA_GROUP */
  group: [27, u32],
  /** IFLA_NET_NS_FD: a namespace, by a file descriptor */
  netNsFd: [28, u32],
  /** IFLA_EXT_MASK */
  extMask: [29, extendedFilter],
  /** IFLA_PROMISCUITY: how many users need promiscuous mode */
  promiscuity: [30, u32],
  /** IFLA_NUM_TX_QUEUES */
  numTxQueues: [31, u32],
  /** IFLA_NUM_RX_QUEUES */
  numRxQueues: [32, u32],
  /** IFLA_CARRIER */
  carrier: [33, bool(u8)],
  /** IFLA_PHYS_PORT_ID */
  physPortId: [34, bytes({ max: 32 })],
  /** IFLA_CARRIER_CHANGES */
  carrierChanges: [35, u32],
  /** IFLA_PHYS_SWITCH_ID */
  physSwitchId: [36, bytes({ max: 32 })],
  /** IFLA_LINK_NETNSID: the namespace of `link`, as a namespace id */
  linkNetnsid: [37, s32],
  /** IFLA_PHYS_PORT_NAME */
  physPortName: [38, text({ max: 255 })],
  /** IFLA_PROTO_DOWN */
  protoDown: [39, bool(u8)],
  /** IFLA_GSO_MAX_SEGS */
  gsoMaxSegs: [40, u32],
  /** IFLA_GSO_MAX_SIZE, bytes */
  gsoMaxSize: [41, u32],
  /** IFLA_PAD */
  pad: [42, padding],
  /** IFLA_XDP */
  xdp: [
    43,
    attributes({
      fd: [1, s32],
      attached: [2, enumeration(u8, { none: 0, drv: 1, skb: 2, hw: 3, multi: 4 })],
      flags: [3, bitFlags(u32, { updateIfNoexist: 1, skbMode: 2, drvMode: 4, hwMode: 8, replace: 16 })],
      progId: [4, u32],
      drvProgId: [5, u32],
      skbProgId: [6, u32],
      hwProgId: [7, u32],
      expectedFd: [8, s32],
    }),
  ],
  /** IFLA_EVENT: the reason for a notification */
  event: [
    44,
    enumeration(u32, {
      none: 0,
      reboot: 1,
      features: 2,
      bondingFailover: 3,
      notifyPeers: 4,
      igmpResend: 5,
      bondingOptions: 6,
    }),
  ],
  /** IFLA_NEW_NETNSID: the namespace that a link moved to */
  newNetnsid: [45, s32],
  /** IFLA_TARGET_NETNSID: the namespace that the request is about */
  targetNetnsid: [46, s32],
  /** IFLA_CARRIER_UP_COUNT */
  carrierUpCount: [47, u32],
  /** IFLA_CARRIER_DOWN_COUNT */
  carrierDownCount: [48, u32],
  /** IFLA_NEW_IFINDEX: the index in the namespace that it moved to */
  newIfindex: [49, s32],
  /** IFLA_MIN_MTU, bytes */
  minMtu: [50, u32],
  /** IFLA_MAX_MTU, bytes */
  maxMtu: [51, u32],
  /** IFLA_PROP_LIST */
  propList: [
    52,
    attributes({
      /** IFLA_ALT_IFNAME */
      altIfname: [53, multiple(altName)],
    }),
  ],
  /** IFLA_ALT_IFNAME: an alternative name to look the link up by */
  altIfname: [53, altName],
  /** IFLA_PERM_ADDRESS: the permanent hardware address */
  permAddress: [54, hardwareAddress],
  /** IFLA_PROTO_DOWN_REASON */
  protoDownReason: [
    55,
    attributes({
      /** IFLA_PROTO_DOWN_REASON_MASK */
      mask: [1, u32],
      /** IFLA_PROTO_DOWN_REASON_VALUE */
      value: [2, u32],
    }),
  ],
  /** IFLA_PARENT_DEV_NAME */
  parentDevName: [56, text({ max: 255 })],
  /** IFLA_PARENT_DEV_BUS_NAME */
  parentDevBusName: [57, text({ max: 255 })],
  /** IFLA_GRO_MAX_SIZE, bytes */
  groMaxSize: [58, u32],
  /** IFLA_TSO_MAX_SIZE, bytes */
  tsoMaxSize: [59, u32],
  /** IFLA_TSO_MAX_SEGS */
  tsoMaxSegs: [60, u32],
  /** IFLA_ALLMULTI: how many users need all multicast packets */
  allmulti: [61, u32],
  /** IFLA_DEVLINK_PORT */
  devlinkPort: [62, bytes()],
  /** IFLA_GSO_IPV4_MAX_SIZE, bytes */
  gsoIpv4MaxSize: [63, u32],
  /** IFLA_GRO_IPV4_MAX_SIZE, bytes */
  groIpv4MaxSize: [64, u32],
  /** IFLA_DPLL_PIN */
  dpllPin: [65, attributes({ id: [1, u32] })],
  /** IFLA_MAX_PACING_OFFLOAD_HORIZON, nanoseconds */
  maxPacingOffloadHorizon: [66, uint],
  /** IFLA_NETNS_IMMUTABLE: the link cannot leave its namespace */
  netnsImmutable: [67, bool(u8)],
  /** IFLA_HEADROOM, bytes */
  headroom: [68, u16],
  /** IFLA_TAILROOM, bytes */
  tailroom: [69, u16],
} as const

/** A link message without IFLA_LINKINFO. Named, so that the types of kinds with a peer refer to it. */
export interface PeerMessage extends MessageCodec<typeof ifinfomsg.fields, typeof linkTable> {}

/** Describes the other end of a pair. Its kind is that of the pair. */
export const peerMessage: PeerMessage = message(ifinfomsg, attributes(linkTable))
