import { execFileSync } from 'node:child_process'
import type { ExecutionContext } from 'ava'
import { Netns, RtNetlink } from '../../lib/index.js'
import { netnsName } from '../helpers/sandbox.js'

/** What random objects are made on: the links 10 and 11, gateways, and next hop objects. */
const STAGE = [
  'link add v0 index 10 type veth peer name v1 index 11',
  'link set v0 addrgenmode none up',
  'link set v1 addrgenmode none up',
  'link set lo up',
  'addr add 10.1.1.1/24 dev v0',
  'addr add 10.1.1.11/24 dev v0',
  '-6 addr add 2001:db8::1/64 dev v0 nodad',
  '-6 addr add 2001:db8::11/64 dev v0 nodad',
  'nexthop add id 1 via 10.1.1.2 dev v0',
  'nexthop add id 2 via 10.1.1.3 dev v0',
  'nexthop add id 3 group 1/2,3',
  'nexthop add id 4 blackhole',
  'nexthop add id 11 via 2001:db8::2 dev v0',
  'nexthop add id 12 via 2001:db8::3 dev v0',
  'nexthop add id 13 group 11/12',
  '-6 nexthop add id 14 blackhole',
  // ip(8) refuses to list a table that never had a route.
  ...[100, 1000].flatMap((table) => [
    `route add blackhole 10.255.0.0/16 table ${table}`,
    `-6 route add blackhole 2001:db8:ff::/48 table ${table}`,
  ]),
]

/** A namespace with these. */
export interface Stage {
  readonly net: RtNetlink
  /** Runs ip(8) in the namespace. */
  readonly ip: (words: string) => string
  /** The objects that `ip -d` prints, without what the clock changes, in no order. */
  readonly text: (words: string) => string[]
}

export async function stage(t: ExecutionContext<unknown>): Promise<Stage> {
  const name = netnsName(t)
  Netns.create(name).close()
  const ip = (words: string) =>
    execFileSync('ip', ['-n', name, ...words.split(' ')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  for (const words of STAGE) {
    ip(words)
  }
  const net = await RtNetlink.open({ netns: name })
  t.teardown(() => net.close())
  const text = (words: string) =>
    (JSON.parse(ip(`-j -d ${words}`)) as { addr_info?: object[]; dst?: string }[])
      // Of a link, its addresses. The kernel adds multicast neighbours by itself.
      .flatMap((one): object[] => one.addr_info ?? (one.dst?.startsWith('ff') ? [] : [one]))
      .map(stable)
      .sort()
  return { net, ip, text }
}

/** What the clock, or use, changes. */
const VOLATILE = new Set([
  'cacheinfo',
  'expires',
  'validLft',
  'preferredLft',
  'valid_life_time',
  'preferred_life_time',
  'used',
  'probes',
  'refcnt',
  'updated',
  'confirmed',
])

/** A value as text, without what the clock changes. */
export function stable(value: object): string {
  return JSON.stringify(value, (key, member: unknown) => {
    if (VOLATILE.has(key)) return undefined
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
