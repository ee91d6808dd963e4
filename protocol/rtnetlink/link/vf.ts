import { listOf } from '../../codec/arrays.js'
import { attributes } from '../../codec/attributes.js'
import { block, hardwareAddress } from '../../codec/bytes.js'
import { be16, u32, u64 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { padding } from '../../codec/plan.js'
import { pad, struct } from '../../codec/struct.js'

const setting = struct({ vf: u32, setting: u32 })
const guid = struct({ vf: u32, pad: pad(4), guid: u64 })

/** IFLA_VF_*: a virtual function of a network card. include/uapi/linux/if_link.h */
export const vfInfo = attributes({
  /** IFLA_VF_MAC: the address fills the first bytes of `mac` */
  mac: [1, struct({ vf: u32, mac: block(32) })],
  /** IFLA_VF_VLAN */
  vlan: [2, struct({ vf: u32, vlan: u32, qos: u32 })],
  /** IFLA_VF_TX_RATE, Mbit/s */
  txRate: [3, struct({ vf: u32, rate: u32 })],
  /** IFLA_VF_SPOOFCHK */
  spoofchk: [4, setting],
  /** IFLA_VF_LINK_STATE */
  linkState: [5, struct({ vf: u32, linkState: enumeration(u32, { auto: 0, enable: 1, disable: 2 }) })],
  /** IFLA_VF_RATE, Mbit/s */
  rate: [6, struct({ vf: u32, minTxRate: u32, maxTxRate: u32 })],
  /** IFLA_VF_RSS_QUERY_EN */
  rssQueryEn: [7, setting],
  /** IFLA_VF_STATS */
  stats: [
    8,
    attributes({
      rxPackets: [0, u64],
      txPackets: [1, u64],
      rxBytes: [2, u64],
      txBytes: [3, u64],
      broadcast: [4, u64],
      multicast: [5, u64],
      /** IFLA_VF_STATS_PAD */
      pad: [6, padding],
      rxDropped: [7, u64],
      txDropped: [8, u64],
    }),
  ],
  /** IFLA_VF_TRUST */
  trust: [9, setting],
  /** IFLA_VF_IB_NODE_GUID */
  ibNodeGuid: [10, guid],
  /** IFLA_VF_IB_PORT_GUID */
  ibPortGuid: [11, guid],
  /** IFLA_VF_VLAN_LIST */
  vlanList: [12, listOf(1, struct({ vf: u32, vlan: u32, qos: u32, vlanProto: be16, pad: pad(2) }))],
  /** IFLA_VF_BROADCAST */
  broadcast: [13, hardwareAddress],
})
