import { bridge } from './bridge.js'
import { dummy } from './dummy.js'
import { ifb } from './ifb.js'
import { macvlan } from './macvlan.js'
import { veth } from './veth.js'
import { vlan } from './vlan.js'
import { vxlan } from './vxlan.js'

/** Every kind of link that is declared: types, coding and documentation follow from this list. */
export const linkKinds = [bridge, dummy, ifb, macvlan, veth, vlan, vxlan] as const
