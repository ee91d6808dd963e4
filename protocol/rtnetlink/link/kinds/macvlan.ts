import { listOf } from '../../../codec/arrays.js'
import { attributes } from '../../../codec/attributes.js'
import { mac } from '../../../codec/bytes.js'
import { s32, u16, u32 } from '../../../codec/integers.js'
import { bitFlags, enumeration } from '../../../codec/names.js'
import { linkKind } from '../kind.js'

/** A link with a MAC address of its own on top of another link. IFLA_MACVLAN_*: include/uapi/linux/if_link.h */
export const macvlan = linkKind('macvlan', {
  data: attributes({
    /** IFLA_MACVLAN_MODE */
    mode: [1, enumeration(u32, { private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 })],
    /** IFLA_MACVLAN_FLAGS */
    flags: [2, bitFlags(u16, { nopromisc: 1, nodst: 2 })],
    /** IFLA_MACVLAN_MACADDR_MODE: how to change the list of source addresses (mode `source`) */
    macaddrMode: [3, enumeration(u32, { add: 0, del: 1, flush: 2, set: 3 })],
    /** IFLA_MACVLAN_MACADDR */
    macaddr: [4, mac],
    /** IFLA_MACVLAN_MACADDR_DATA: the source addresses that are accepted */
    macaddrData: [5, listOf(4, mac)],
    /** IFLA_MACVLAN_MACADDR_COUNT */
    macaddrCount: [6, u32],
    /** IFLA_MACVLAN_BC_QUEUE_LEN: the requested length of the broadcast queue, packets */
    bcQueueLen: [7, u32],
    /** IFLA_MACVLAN_BC_QUEUE_LEN_USED: the length of the broadcast queue of the link underneath, packets */
    bcQueueLenUsed: [8, u32],
    /** IFLA_MACVLAN_BC_CUTOFF */
    bcCutoff: [9, s32],
  }),
  lowerLink: true,
  forCreation(data) {
    // Without it, the kernel ignores the addresses. drivers/net/macvlan.c: macvlan_changelink_sources
    if (data['macaddrData'] !== undefined) data['macaddrMode'] ??= 'set'
  },
  readOnly: { data: ['macaddrCount', 'bcQueueLenUsed'] },
})
