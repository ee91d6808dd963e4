import { ipv4, ipv6 } from '../../../codec/address.js'
import { attributes } from '../../../codec/attributes.js'
import { bool } from '../../../codec/boolean.js'
import { flag } from '../../../codec/bytes.js'
import { be16, be32, u8, u32 } from '../../../codec/integers.js'
import { enumeration } from '../../../codec/names.js'
import { struct } from '../../../codec/struct.js'
import { linkKind } from '../kind.js'

/** Ethernet over UDP with options (RFC 8926). IFLA_GENEVE_*: include/uapi/linux/if_link.h */
export const geneve = linkKind('geneve', {
  data: attributes({
    /** The virtual network identifier (VNI), 0 to 16777215. */
    id: [1, u32],
    remote: [2, ipv4],
    /** 0 means the default. */
    ttl: [3, u8],
    /** 1 inherits. */
    tos: [4, u8],
    /** The destination port, 6081 by default. */
    port: [5, be16],
    /** iproute2's `external`: routes and filters choose the tunnel. */
    collectMetadata: [6, flag],
    remote6: [7, ipv6],
    udpCsum: [8, bool(u8)],
    udpZeroCsum6Tx: [9, bool(u8)],
    udpZeroCsum6Rx: [10, bool(u8)],
    /** The IPv6 flow label. */
    label: [11, be32],
    ttlInherit: [12, bool(u8)],
    df: [13, enumeration(u8, { unset: 0, set: 1, inherit: 2 })],
    innerProtoInherit: [14, flag],
    /** Source ports. */
    portRange: [15, struct({ low: be16, high: be16 })],
  }),
})
