import { bridge } from './bridge.js'
import { dummy } from './dummy.js'
import { geneve } from './geneve.js'
import { ifb } from './ifb.js'
import { macvlan } from './macvlan.js'
import { veth } from './veth.js'
import { vlan } from './vlan.js'
import { vxlan } from './vxlan.js'

/** Every declared kind of link: types, encoding and documentation follow from this list. */
export const linkKinds = [bridge, dummy, geneve, ifb, macvlan, veth, vlan, vxlan] as const
