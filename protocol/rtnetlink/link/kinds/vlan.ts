import { listOf } from '../../../codec/arrays.js'
import { attributes } from '../../../codec/attributes.js'
import { u16, u32 } from '../../../codec/integers.js'
import { bitFlags } from '../../../codec/names.js'
import { struct } from '../../../codec/struct.js'
import { linkKind } from '../kind.js'
import { vlanProtocol } from '../vlan-protocol.js'

/** enum vlan_flags. include/uapi/linux/if_vlan.h */
const vlanFlags = bitFlags(u32, {
  reorderHdr: 0x1,
  gvrp: 0x2,
  looseBinding: 0x4,
  mvrp: 0x8,
  bridgeBinding: 0x10,
})

const qosMapping = listOf(1, struct({ from: u32, to: u32 }))

/** A VLAN on another link. IFLA_VLAN_*: include/uapi/linux/if_link.h */
export const vlan = linkKind('vlan', {
  data: attributes({
    /** IFLA_VLAN_ID: 0 to 4095 */
    id: [1, u16],
    /** IFLA_VLAN_FLAGS: `mask` selects the flags that apply */
    flags: [2, struct({ flags: vlanFlags, mask: vlanFlags })],
    /** IFLA_VLAN_EGRESS_QOS: from the packet's priority to the tag's */
    egressQos: [3, qosMapping],
    /** IFLA_VLAN_INGRESS_QOS: from the tag's priority to the packet's */
    ingressQos: [4, qosMapping],
    /** IFLA_VLAN_PROTOCOL */
    protocol: [5, vlanProtocol],
  }),
  lowerLink: true,
  forCreation(data) {
    // Listings have all bits in the mask, which the kernel refuses. Only reorderHdr is on at first.
    // net/8021q/vlan_netlink.c: vlan_fill_info; vlan_dev.c: vlan_dev_change_flags
    const given = data['flags'] as { readonly flags?: unknown; readonly mask?: unknown } | undefined
    if (!Array.isArray(given?.flags) || !Array.isArray(given.mask)) return
    const differing = ['reorderHdr', ...given.flags]
    const all = given.mask.length > Object.keys(vlanFlags.names).length
    if (all) data['flags'] = { ...given, mask: differing }
  },
})
