import { be16 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'

/**
 * ETH_P_8021Q, ETH_P_8021AD: the EtherType of a VLAN tag, named as iproute2 prints it. include/uapi/linux/if_ether.h
 */
export const vlanProtocol = enumeration(be16, { '802.1Q': 0x8100, '802.1ad': 0x88a8 })
