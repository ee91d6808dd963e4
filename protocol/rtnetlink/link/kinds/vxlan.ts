import { ipv4, ipv6 } from '../../../codec/address.js'
import { attributes } from '../../../codec/attributes.js'
import { bool } from '../../../codec/boolean.js'
import { bytes, flag } from '../../../codec/bytes.js'
import { be16, be32, u8, u32 } from '../../../codec/integers.js'
import { enumeration } from '../../../codec/names.js'
import { struct } from '../../../codec/struct.js'
import { linkKind } from '../kind.js'

/** Ethernet over UDP. IFLA_VXLAN_*: include/uapi/linux/if_link.h */
export const vxlan = linkKind('vxlan', {
  data: attributes({
    /** IFLA_VXLAN_ID: the network identifier (VNI), 0 to 16777215 */
    id: [1, u32],
    /** IFLA_VXLAN_GROUP: the multicast group to join, or the address of the remote end */
    group: [2, ipv4],
    /** IFLA_VXLAN_LINK: the index of the outgoing link */
    link: [3, u32],
    /** IFLA_VXLAN_LOCAL: the source address */
    local: [4, ipv4],
    /** IFLA_VXLAN_TTL: 0 means the default */
    ttl: [5, u8],
    /** IFLA_VXLAN_TOS: 1 inherits */
    tos: [6, u8],
    /** IFLA_VXLAN_LEARNING: learn source addresses */
    learning: [7, bool(u8)],
    /** IFLA_VXLAN_AGEING, seconds */
    ageing: [8, u32],
    /** IFLA_VXLAN_LIMIT: the maximum number of learned entries, 0 means no limit */
    limit: [9, u32],
    /** IFLA_VXLAN_PORT_RANGE: source ports */
    portRange: [10, struct({ low: be16, high: be16 })],
    /** IFLA_VXLAN_PROXY: answer ARP and neighbour discovery requests */
    proxy: [11, bool(u8)],
    /** IFLA_VXLAN_RSC: route short circuit */
    rsc: [12, bool(u8)],
    /** IFLA_VXLAN_L2MISS: notify of unknown link-layer addresses */
    l2miss: [13, bool(u8)],
    /** IFLA_VXLAN_L3MISS: notify of unknown IP addresses */
    l3miss: [14, bool(u8)],
    /** IFLA_VXLAN_PORT: the destination port; the kernel's default is 8472, IANA assigned 4789 */
    port: [15, be16],
    /** IFLA_VXLAN_GROUP6: like `group`, for IPv6 */
    group6: [16, ipv6],
    /** IFLA_VXLAN_LOCAL6 */
    local6: [17, ipv6],
    /** IFLA_VXLAN_UDP_CSUM */
    udpCsum: [18, bool(u8)],
    /** IFLA_VXLAN_UDP_ZERO_CSUM6_TX */
    udpZeroCsum6Tx: [19, bool(u8)],
    /** IFLA_VXLAN_UDP_ZERO_CSUM6_RX */
    udpZeroCsum6Rx: [20, bool(u8)],
    /** IFLA_VXLAN_REMCSUM_TX */
    remcsumTx: [21, bool(u8)],
    /** IFLA_VXLAN_REMCSUM_RX */
    remcsumRx: [22, bool(u8)],
    /** IFLA_VXLAN_GBP: group policy */
    gbp: [23, flag],
    /** IFLA_VXLAN_REMCSUM_NOPARTIAL */
    remcsumNopartial: [24, flag],
    /** IFLA_VXLAN_COLLECT_METADATA: iproute2's `external`: routes and filters choose the tunnel */
    collectMetadata: [25, bool(u8)],
    /** IFLA_VXLAN_LABEL: the IPv6 flow label */
    label: [26, be32],
    /** IFLA_VXLAN_GPE: the generic protocol extension */
    gpe: [27, flag],
    /** IFLA_VXLAN_TTL_INHERIT */
    ttlInherit: [28, flag],
    /** IFLA_VXLAN_DF: the "don't fragment" bit */
    df: [29, enumeration(u8, { unset: 0, set: 1, inherit: 2 })],
    /** IFLA_VXLAN_VNIFILTER */
    vnifilter: [30, bool(u8)],
    /** IFLA_VXLAN_LOCALBYPASS */
    localbypass: [31, bool(u8)],
    /** IFLA_VXLAN_LABEL_POLICY */
    labelPolicy: [32, enumeration(u32, { fixed: 0, inherit: 1 })],
    /** IFLA_VXLAN_RESERVED_BITS: the bits of the header that have to be zero in packets that are received */
    reservedBits: [33, bytes({ min: 8, max: 8 })],
    /** IFLA_VXLAN_MC_ROUTE: route packets of multicast remotes */
    mcRoute: [34, bool(u8)],
  }),
  lowerLink: 'link',
  forCreation(data) {
    // Its bits of the header count as used even if it is 0, and clash with the listed reserved ones.
    // drivers/net/vxlan/vxlan_core.c: vxlan_nl2conf
    if (data['remcsumRx'] === false) delete data['remcsumRx']
  },
})
