import { attributes } from '../../../codec/attributes.js'
import { bool } from '../../../codec/boolean.js'
import { flag, mac } from '../../../codec/bytes.js'
import { be16, u8, u16, u32, u64 } from '../../../codec/integers.js'
import { enumeration } from '../../../codec/names.js'
import { struct } from '../../../codec/struct.js'

/** struct ifla_bridge_id. include/uapi/linux/if_link.h */
export const bridgeId = struct({ prio: be16, addr: mac })

/** What a bridge does with multicast routers behind a port: MDB_RTR_TYPE_*. include/uapi/linux/if_bridge.h */
export const multicastRouter = enumeration(u8, { disabled: 0, tempQuery: 1, perm: 2, temp: 3 })

/** IFLA_BRPORT_*: a bridge's settings for one of its ports. include/uapi/linux/if_link.h; times in 1/100 s */
export const bridgePort = attributes({
  /** IFLA_BRPORT_STATE: the spanning tree's state */
  state: [1, enumeration(u8, { disabled: 0, listening: 1, learning: 2, forwarding: 3, blocking: 4 })],
  /** IFLA_BRPORT_PRIORITY */
  priority: [2, u16],
  /** IFLA_BRPORT_COST */
  cost: [3, u32],
  /** IFLA_BRPORT_MODE: hairpin, a packet may leave by the port that it came in by */
  mode: [4, bool(u8)],
  /** IFLA_BRPORT_GUARD: BPDU guard */
  guard: [5, bool(u8)],
  /** IFLA_BRPORT_PROTECT: root guard */
  protect: [6, bool(u8)],
  /** IFLA_BRPORT_FAST_LEAVE */
  fastLeave: [7, bool(u8)],
  /** IFLA_BRPORT_LEARNING */
  learning: [8, bool(u8)],
  /** IFLA_BRPORT_UNICAST_FLOOD */
  unicastFlood: [9, bool(u8)],
  /** IFLA_BRPORT_PROXYARP */
  proxyarp: [10, bool(u8)],
  /** IFLA_BRPORT_LEARNING_SYNC */
  learningSync: [11, bool(u8)],
  /** IFLA_BRPORT_PROXYARP_WIFI */
  proxyarpWifi: [12, bool(u8)],
  /** IFLA_BRPORT_ROOT_ID */
  rootId: [13, bridgeId],
  /** IFLA_BRPORT_BRIDGE_ID */
  bridgeId: [14, bridgeId],
  /** IFLA_BRPORT_DESIGNATED_PORT */
  designatedPort: [15, u16],
  /** IFLA_BRPORT_DESIGNATED_COST */
  designatedCost: [16, u16],
  /** IFLA_BRPORT_ID */
  id: [17, u16],
  /** IFLA_BRPORT_NO */
  no: [18, u16],
  /** IFLA_BRPORT_TOPOLOGY_CHANGE_ACK */
  topologyChangeAck: [19, bool(u8)],
  /** IFLA_BRPORT_CONFIG_PENDING */
  configPending: [20, bool(u8)],
  /** IFLA_BRPORT_MESSAGE_AGE_TIMER */
  messageAgeTimer: [21, u64],
  /** IFLA_BRPORT_FORWARD_DELAY_TIMER */
  forwardDelayTimer: [22, u64],
  /** IFLA_BRPORT_HOLD_TIMER */
  holdTimer: [23, u64],
  /** IFLA_BRPORT_FLUSH: a request to forget the addresses learnt */
  flush: [24, flag],
  /** IFLA_BRPORT_MULTICAST_ROUTER */
  multicastRouter: [25, multicastRouter],
  /** IFLA_BRPORT_MCAST_FLOOD */
  mcastFlood: [27, bool(u8)],
  /** IFLA_BRPORT_MCAST_TO_UCAST */
  mcastToUcast: [28, bool(u8)],
  /** IFLA_BRPORT_VLAN_TUNNEL */
  vlanTunnel: [29, bool(u8)],
  /** IFLA_BRPORT_BCAST_FLOOD */
  bcastFlood: [30, bool(u8)],
  /** IFLA_BRPORT_GROUP_FWD_MASK */
  groupFwdMask: [31, u16],
  /** IFLA_BRPORT_NEIGH_SUPPRESS */
  neighSuppress: [32, bool(u8)],
  /** IFLA_BRPORT_ISOLATED: talks to ports only that are not isolated */
  isolated: [33, bool(u8)],
  /** IFLA_BRPORT_BACKUP_PORT: the number of the link that takes over */
  backupPort: [34, u32],
  /** IFLA_BRPORT_MRP_RING_OPEN */
  mrpRingOpen: [35, bool(u8)],
  /** IFLA_BRPORT_MRP_IN_OPEN */
  mrpInOpen: [36, bool(u8)],
  /** IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT */
  mcastEhtHostsLimit: [37, u32],
  /** IFLA_BRPORT_MCAST_EHT_HOSTS_CNT */
  mcastEhtHostsCnt: [38, u32],
  /** IFLA_BRPORT_LOCKED */
  locked: [39, bool(u8)],
  /** IFLA_BRPORT_MAB */
  mab: [40, bool(u8)],
  /** IFLA_BRPORT_MCAST_N_GROUPS */
  mcastNGroups: [41, u32],
  /** IFLA_BRPORT_MCAST_MAX_GROUPS */
  mcastMaxGroups: [42, u32],
  /** IFLA_BRPORT_NEIGH_VLAN_SUPPRESS */
  neighVlanSuppress: [43, bool(u8)],
  /** IFLA_BRPORT_BACKUP_NHID */
  backupNhid: [44, u32],
})
