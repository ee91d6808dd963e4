import { attributes } from '../../../codec/attributes.js'
import { bool } from '../../../codec/boolean.js'
import { bytes, flag, mac } from '../../../codec/bytes.js'
import { be16, u8, u16, u32, u64 } from '../../../codec/integers.js'
import { enumeration } from '../../../codec/names.js'
import { padding } from '../../../codec/plan.js'
import { struct } from '../../../codec/struct.js'
import { linkKind } from '../kind.js'
import { vlanProtocol } from '../vlan-protocol.js'

/** struct ifla_bridge_id. include/uapi/linux/if_link.h */
const bridgeId = struct({ prio: be16, addr: mac })

/** MDB_RTR_TYPE_*: whether a port is treated as leading to multicast routers. include/uapi/linux/if_bridge.h */
const multicastRouter = enumeration(u8, { disabled: 0, tempQuery: 1, perm: 2, temp: 3 })

/** IFLA_BRPORT_*: a bridge's settings for one of its ports. include/uapi/linux/if_link.h; times in 1/100 s */
export const bridgePort = attributes({
  /** IFLA_BRPORT_STATE: the spanning tree state */
  state: [1, enumeration(u8, { disabled: 0, listening: 1, learning: 2, forwarding: 3, blocking: 4 })],
  /** IFLA_BRPORT_PRIORITY */
  priority: [2, u16],
  /** IFLA_BRPORT_COST */
  cost: [3, u32],
  /** IFLA_BRPORT_MODE: hairpin: packets may leave by the port they were received on */
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
  /** IFLA_BRPORT_FLUSH: requests that learned addresses are removed */
  flush: [24, flag],
  /** IFLA_BRPORT_MULTICAST_ROUTER */
  multicastRouter: [25, multicastRouter],
  /** IFLA_BRPORT_PAD */
  pad: [26, padding],
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
  /** IFLA_BRPORT_ISOLATED: communicates with non-isolated ports only */
  isolated: [33, bool(u8)],
  /** IFLA_BRPORT_BACKUP_PORT: the index of the port that takes over when this one is down */
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

/** Timers, and what is learned. */
const volatileData = [
  'helloTimer',
  'tcnTimer',
  'topologyChangeTimer',
  'gcTimer',
  'fdbNLearned',
  'mcastQuerierState',
] as const
const volatileSlave = ['messageAgeTimer', 'forwardDelayTimer', 'holdTimer'] as const

/** An Ethernet switch. IFLA_BR_*: include/uapi/linux/if_link.h; times in 1/100 s */
export const bridge = linkKind('bridge', {
  data: attributes({
    /** IFLA_BR_FORWARD_DELAY */
    forwardDelay: [1, u32],
    /** IFLA_BR_HELLO_TIME */
    helloTime: [2, u32],
    /** IFLA_BR_MAX_AGE */
    maxAge: [3, u32],
    /** IFLA_BR_AGEING_TIME */
    ageingTime: [4, u32],
    /** IFLA_BR_STP_STATE: 0 off, 1 kernel, 2 user space */
    stpState: [5, u32],
    /** IFLA_BR_PRIORITY */
    priority: [6, u16],
    /** IFLA_BR_VLAN_FILTERING */
    vlanFiltering: [7, bool(u8)],
    /** IFLA_BR_VLAN_PROTOCOL */
    vlanProtocol: [8, vlanProtocol],
    /** IFLA_BR_GROUP_FWD_MASK */
    groupFwdMask: [9, u16],
    /** IFLA_BR_ROOT_ID */
    rootId: [10, bridgeId],
    /** IFLA_BR_BRIDGE_ID */
    bridgeId: [11, bridgeId],
    /** IFLA_BR_ROOT_PORT */
    rootPort: [12, u16],
    /** IFLA_BR_ROOT_PATH_COST */
    rootPathCost: [13, u32],
    /** IFLA_BR_TOPOLOGY_CHANGE */
    topologyChange: [14, u8],
    /** IFLA_BR_TOPOLOGY_CHANGE_DETECTED */
    topologyChangeDetected: [15, u8],
    /** IFLA_BR_HELLO_TIMER */
    helloTimer: [16, u64],
    /** IFLA_BR_TCN_TIMER */
    tcnTimer: [17, u64],
    /** IFLA_BR_TOPOLOGY_CHANGE_TIMER */
    topologyChangeTimer: [18, u64],
    /** IFLA_BR_GC_TIMER */
    gcTimer: [19, u64],
    /** IFLA_BR_GROUP_ADDR */
    groupAddr: [20, mac],
    /** IFLA_BR_FDB_FLUSH: requests that learned addresses are removed */
    fdbFlush: [21, flag],
    /** IFLA_BR_MCAST_ROUTER */
    mcastRouter: [22, multicastRouter],
    /** IFLA_BR_MCAST_SNOOPING */
    mcastSnooping: [23, bool(u8)],
    /** IFLA_BR_MCAST_QUERY_USE_IFADDR */
    mcastQueryUseIfaddr: [24, bool(u8)],
    /** IFLA_BR_MCAST_QUERIER */
    mcastQuerier: [25, bool(u8)],
    /** IFLA_BR_MCAST_HASH_ELASTICITY */
    mcastHashElasticity: [26, u32],
    /** IFLA_BR_MCAST_HASH_MAX */
    mcastHashMax: [27, u32],
    /** IFLA_BR_MCAST_LAST_MEMBER_CNT */
    mcastLastMemberCnt: [28, u32],
    /** IFLA_BR_MCAST_STARTUP_QUERY_CNT */
    mcastStartupQueryCnt: [29, u32],
    /** IFLA_BR_MCAST_LAST_MEMBER_INTVL */
    mcastLastMemberIntvl: [30, u64],
    /** IFLA_BR_MCAST_MEMBERSHIP_INTVL */
    mcastMembershipIntvl: [31, u64],
    /** IFLA_BR_MCAST_QUERIER_INTVL */
    mcastQuerierIntvl: [32, u64],
    /** IFLA_BR_MCAST_QUERY_INTVL */
    mcastQueryIntvl: [33, u64],
    /** IFLA_BR_MCAST_QUERY_RESPONSE_INTVL */
    mcastQueryResponseIntvl: [34, u64],
    /** IFLA_BR_MCAST_STARTUP_QUERY_INTVL */
    mcastStartupQueryIntvl: [35, u64],
    /** IFLA_BR_NF_CALL_IPTABLES */
    nfCallIptables: [36, bool(u8)],
    /** IFLA_BR_NF_CALL_IP6TABLES */
    nfCallIp6tables: [37, bool(u8)],
    /** IFLA_BR_NF_CALL_ARPTABLES */
    nfCallArptables: [38, bool(u8)],
    /** IFLA_BR_VLAN_DEFAULT_PVID */
    vlanDefaultPvid: [39, u16],
    /** IFLA_BR_PAD */
    pad: [40, padding],
    /** IFLA_BR_VLAN_STATS_ENABLED */
    vlanStatsEnabled: [41, bool(u8)],
    /** IFLA_BR_MCAST_STATS_ENABLED */
    mcastStatsEnabled: [42, bool(u8)],
    /** IFLA_BR_MCAST_IGMP_VERSION */
    mcastIgmpVersion: [43, u8],
    /** IFLA_BR_MCAST_MLD_VERSION */
    mcastMldVersion: [44, u8],
    /** IFLA_BR_VLAN_STATS_PER_PORT */
    vlanStatsPerPort: [45, bool(u8)],
    /** IFLA_BR_MULTI_BOOLOPT: `optmask` selects the bits of `optval` that apply */
    multiBoolopt: [46, struct({ optval: u32, optmask: u32 })],
    /** IFLA_BR_MCAST_QUERIER_STATE */
    mcastQuerierState: [47, bytes()],
    /** IFLA_BR_FDB_N_LEARNED */
    fdbNLearned: [48, u32],
    /** IFLA_BR_FDB_MAX_LEARNED: 0 means no limit */
    fdbMaxLearned: [49, u32],
  }),
  slave: bridgePort,
  forCreation(data) {
    // These are off at first. A kernel without VLAN filtering lists them, and refuses even to turn them off.
    // net/bridge/br_private.h: br_vlan_filter_toggle, br_mst_set_enabled
    if (data['vlanFiltering'] === false) delete data['vlanFiltering']
    const options = data['multiBoolopt'] as
      | { readonly optval?: number; readonly optmask?: number }
      | undefined
    if (typeof options?.optval !== 'number' || typeof options.optmask !== 'number') return
    const optmask = (options.optmask & options.optval) >>> 0
    if (optmask === 0) delete data['multiBoolopt']
    else data['multiBoolopt'] = { ...options, optmask }
  },
  readOnly: {
    data: [
      'rootId',
      'bridgeId',
      'rootPort',
      'rootPathCost',
      'topologyChange',
      'topologyChangeDetected',
      ...volatileData,
    ],
    slave: [
      'rootId',
      'bridgeId',
      'designatedPort',
      'designatedCost',
      'id',
      'no',
      'topologyChangeAck',
      'configPending',
      'mrpRingOpen',
      'mrpInOpen',
      'mcastEhtHostsCnt',
      'mcastNGroups',
      ...volatileSlave,
    ],
  },
  volatile: { data: volatileData, slave: volatileSlave },
})
