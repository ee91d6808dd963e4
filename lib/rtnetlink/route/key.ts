import { af } from '../../../protocol/index.js'
import type { Hint } from '../object/description.js'
import type { MessageFields } from '../watch/fields.js'
import type { Key } from '../watch/key.js'

/* The offsets within struct rtmsg, and attributes. include/uapi/linux/rtnetlink.h */
const FAMILY = 0
const TABLE = 4
const PROTOCOL = 5
const SCOPE = 6
const TYPE = 7
const FLAGS = 8
const RTA_DST = 1
const RTA_SRC = 2
const RTA_OIF = 4
const RTA_GATEWAY = 5
const RTA_PRIORITY = 6
const RTA_PREFSRC = 7
const RTA_METRICS = 8
const RTA_MULTIPATH = 9
const RTA_FLOW = 11
const RTA_TABLE = 15
const RTA_VIA = 18
const RTA_ENCAP_TYPE = 21
const RTA_ENCAP = 22
const RTA_NH_ID = 30

const RTM_F_CLONED = 0x200
/** RTNH_F_PERVASIVE, RTNH_F_ONLINK: the flags of a next hop that do not follow its link. RTNH_COMPARE_MASK */
const LASTING_FLAGS = 0x6
/** struct rtnexthop { u16 len; u8 flags; u8 hops; int ifindex } */
const NEXTHOP_SIZE = 8

const MULTIPATH = 1
const SINGLE = 2
const OBJECT = 3

/** Cached entries are copies of routes for single destinations, and multicast routes have families of their own. */
export function isRoute(view: DataView, at: number): boolean {
  const family = view.getUint8(at + FAMILY)
  const isRouting = family === af.inet || family === af.inet6 || family === af.mpls
  return isRouting && (view.getUint32(at + FLAGS, true) & RTM_F_CLONED) === 0
}

/**
 * What identifies a route. The replace key is destination, source, type of service, priority and table, in all
 * families.
 *
 * IPv4: net/ipv4/fib_trie.c, fib_table_insert, compares the type and the fib_info; net/ipv4/fib_semantics.c,
 * fib_find_info, compares those by protocol, scope, preferred source, metrics and next hops.
 *
 * IPv6: net/ipv6/ip6_fib.c, fib6_add_rt2node, with rt6_duplicate_nexthop, compares the next hop alone. Next hops with a
 * gateway and of one metric are one route of several; that is listed as one, and there is at most one for a replace key.
 *
 * MPLS: net/mpls/af_mpls.c, mpls_route_update, has one route for a label.
 */
export function routeKey(message: MessageFields, key: Key): void {
  const family = message.u8(FAMILY)
  // Family, lengths of the prefixes, type of service.
  key.add(message.u32(FAMILY))
  key.add(message.number(RTA_TABLE, message.u8(TABLE)))
  key.add(message.number(RTA_PRIORITY, 0))
  key.addAttribute(message, RTA_DST)
  if (family === af.inet6) key.addAttribute(message, RTA_SRC)
  key.endReplaceKey()
  if (family === af.mpls) return
  if (family === af.inet) {
    key.add(message.u8(PROTOCOL) | (message.u8(SCOPE) << 8) | (message.u8(TYPE) << 16))
    key.addAttribute(message, RTA_PREFSRC)
    key.addAttribute(message, RTA_METRICS)
  }
  if (message.has(RTA_NH_ID)) {
    // What a next hop object contains is listed as well, and can change.
    key.add(OBJECT)
    key.addAttribute(message, RTA_NH_ID)
  } else if (message.has(RTA_MULTIPATH)) {
    key.add(MULTIPATH)
    if (family === af.inet) addNexthops(message, key)
  } else {
    key.add(SINGLE)
    if (family === af.inet) {
      key.add(message.u32(FLAGS) & LASTING_FLAGS)
      key.addAttribute(message, RTA_FLOW)
    }
    key.add(message.number(RTA_OIF, 0))
    key.addAttribute(message, RTA_GATEWAY)
    key.addAttribute(message, RTA_VIA)
    key.add(message.number(RTA_ENCAP_TYPE, 0))
    key.addAttribute(message, RTA_ENCAP)
  }
}

/** net/ipv4/fib_semantics.c: nh_comp */
function addNexthops(message: MessageFields, key: Key): void {
  const { view } = message
  let at = message.offsetOf(RTA_MULTIPATH)
  const end = at + message.lengthOf(RTA_MULTIPATH)
  while (at + NEXTHOP_SIZE <= end) {
    const length = view.getUint16(at, true)
    if (length < NEXTHOP_SIZE || at + length > end) break
    key.add((view.getUint8(at + 2) & LASTING_FLAGS) | (view.getUint8(at + 3) << 8))
    key.addBytes(view, at + 4, length - 4)
    at += (length + 3) & ~3
  }
}

/**
 * An IPv6 route of several next hops is announced once for all of them when one is added, in another order than it is
 * listed in (net/ipv6/route.c: ip6_route_mpath_notify).
 */
export function isPartOfRoute(message: MessageFields): boolean {
  return message.u8(FAMILY) === af.inet6 && message.has(RTA_MULTIPATH)
}

/**
 * What changes routes silently.
 * - Links: IPv4 routes go with a link that goes down, without a message (net/ipv4/fib_frontend.c: fib_disable_ip), IPv6
 *   routes with one only if `net.ipv6.route.skip_notify_on_dev_down` is 0. The state of next hops follows the link's
 *   (fib_sync_down_dev, rt6_sync_down_dev), and the metrics of IPv6 its MTU (rt6_mtu_change).
 * - IPv6 that is turned off on a link takes its addresses with it, and so is told by them. A link without one is not told
 *   of at all if `skip_notify_on_dev_down` is 1: such routes are found by the next listing only.
 * - Addresses: routes go, or lose their preferred source, with it (fib_sync_down_addr, rt6_remove_prefsrc); next hops
 *   are alive again with a link's first one (fib_sync_up).
 * - Settings of links: `ignore_routes_with_linkdown` makes next hops dead.
 * - Next hop objects: routes go or change with them (net/ipv4/nexthop.c: __remove_nexthop_fib).
 */
export const ROUTE_HINTS: readonly Hint[] = [
  { message: 'newnetconf', of: af.inet, relist: af.inet },
  { message: 'newnetconf', of: af.inet6, relist: af.inet6 },
  { message: 'newlink' },
  { message: 'dellink' },
  { message: 'newaddr', of: af.inet, relist: af.inet },
  { message: 'deladdr', of: af.inet, relist: af.inet },
  { message: 'deladdr', of: af.inet6, relist: af.inet6 },
  { message: 'newnexthop' },
  { message: 'delnexthop' },
]
