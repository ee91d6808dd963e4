import {
  af,
  type Decoder,
  ipPrefix,
  type NexthopValue,
  objectReader,
  type RouteMessage,
  routeMessage,
} from '../../../protocol/index.js'
import type { RouteFamily } from './fit.js'

/**
 * A route as the kernel describes it, by the uapi's names (RTA_PRIORITY, iproute2's metric, is `priority`).
 * It can be passed back to `delete`, `add` and `replace`.
 */
export type Route = Omit<RouteMessage, 'family' | 'dst' | 'dstLen' | 'src' | 'srcLen' | 'multipath'> & {
  family: RouteFamily
  /** The destination: a prefix, or `'default'`; the label of an MPLS route, `'100'`. */
  dst: string
  /** Restricts the route to packets from this prefix (IPv6). */
  src?: string
  /** Several next hops. */
  multipath?: Nexthop[]
  /** Seconds after which an IPv6 route is removed, rounded up; absent if it stays. */
  expires?: number
}

/** One of several next hops, as it is listed. */
export type Nexthop = Omit<NexthopValue, 'ifindex' | 'hops'> & {
  /** The index of the link to send by. */
  oif: number
  /** Its share of the traffic, 1 to 256. */
  weight: number
}

const { dst, src, multipath, cacheinfo, ...plain } = routeMessage.attributes.table

const shape = {
  header: routeMessage.header,
  head: {
    dst: () => 'default',
    family: 'family',
    tos: 'tos',
    table: 'table',
    protocol: 'protocol',
    scope: 'scope',
    type: 'type',
    flags: 'flags',
  },
  members: {
    ...plain,
    multipath: [
      multipath[0],
      { decode: (...payload) => multipath[1].decode(...payload).map(nexthopOf) } satisfies Decoder<Nexthop[]>,
    ],
    cacheinfo: [cacheinfo[0], { ...cacheinfo[1], assign: assignCacheinfo }],
  },
} as const

/** Reads an IP route straight into the API's object, for speed: a table may have a million routes. */
const readIpRoute: (view: DataView, at: number, length: number) => Route = objectReader({
  ...shape,
  members: {
    ...shape.members,
    dst: [dst[0], ipPrefix('dstLen')],
    src: [src[0], ipPrefix('srcLen')],
  },
})

const readMplsRoute: (view: DataView, at: number, length: number) => Route = objectReader({
  ...shape,
  members: { ...shape.members, dst },
})

/** Reads a route; undefined for one of another family, such as those of multicast routing (RTNL_FAMILY_IPMR). */
export function readRoute(view: DataView, at: number, length: number): Route | undefined {
  const family = length > 0 ? view.getUint8(at) : af.unspec
  if (family === af.inet || family === af.inet6) return readIpRoute(view, at, length)
  return family === af.mpls ? readMplsRoute(view, at, length) : undefined
}

function nexthopOf({ ifindex, hops, ...hop }: NexthopValue): Nexthop {
  return { ...hop, oif: ifindex, weight: hops + 1 }
}

/** Ticks a second of the kernel's interfaces: USER_HZ. include/asm-generic/param.h */
const USER_HZ = 100

function assignCacheinfo(route: Record<string, unknown>, info: { readonly expires: number }): void {
  route['cacheinfo'] = info
  // 0 for a route that does not expire; negative for one that is about to be removed.
  if (info.expires !== 0) route['expires'] = Math.max(0, Math.ceil(info.expires / USER_HZ))
}
