import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import {
  type Address,
  type AddressSpec,
  type Neighbour,
  type NeighbourSpec,
  Netns,
  type Route,
  type RouteSpec,
  RtNetlink,
  type Rule,
  type RuleSpec,
} from '../../lib/index.js'
import { toolTest } from '../helpers/needs.js'
import { netnsName } from '../helpers/sandbox.js'
import { MODEL_TIMEOUT_MS, modelParameters } from './parameters.js'

/*
 * What is listed can go back: random objects are added by the library or by ip(8), and listed. Deleting by one of the listed
 * objects takes exactly that one; adding it again gives the same listing, and the same text of `ip -d`.
 */

const modelTest = toolTest('ip')
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

interface Stage {
  readonly net: RtNetlink
  /** Runs ip(8) in the namespace. */
  readonly ip: (words: string) => string
  /** The objects that `ip -d` prints, without what the clock changes, in no order. */
  readonly text: (words: string) => string[]
}

async function stage(t: ExecutionContext<unknown>): Promise<Stage> {
  t.timeout(MODEL_TIMEOUT_MS)
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

function stable(value: object): string {
  return JSON.stringify(value, (key, member: unknown) => {
    if (VOLATILE.has(key)) return undefined
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** One kind of object. */
interface Kind<Spec extends object, V extends Spec> {
  readonly spec: fc.Arbitrary<Spec>
  /** The command of ip(8) that adds it; undefined if it cannot. */
  readonly command: (spec: Spec) => string
  readonly list: (net: RtNetlink) => Promise<V[]>
  readonly add: (net: RtNetlink, spec: Spec) => Promise<void>
  readonly remove: (net: RtNetlink, value: V) => Promise<void>
  /** What ip(8) prints of them. */
  readonly shown: readonly string[]
  /**
   * Whether a reference to `value` matches `other` as well, because the kernel has no way to say what `value` lacks.
   */
  readonly ambiguous?: (value: V, other: V) => boolean
  /** Removes all. */
  readonly clear: (stage: Stage, before: readonly V[]) => Promise<void>
}

function checkKind<Spec extends object, V extends Spec>(
  title: string,
  kind: Kind<Spec, V>,
  runs: number,
): void {
  modelTest(`what is listed can go back: ${title}`, async (t) => {
    const all = await stage(t)
    const { net, ip, text } = all
    const own = (await kind.list(net)).map(stable)
    const added = async () => {
      const rest = [...own]
      return (await kind.list(net)).filter((value) => {
        const i = rest.indexOf(stable(value))
        if (i >= 0) rest.splice(i, 1)
        return i < 0
      })
    }
    const show = () => kind.shown.map(text)
    const property = async (specs: readonly { spec: Spec; byIp: boolean }[], choice: number) => {
      for (const { spec, byIp } of specs) {
        try {
          if (byIp) ip(kind.command(spec))
          else await kind.add(net, spec)
        } catch (error) {
          // Some combinations are refused by the kernel, such as a route that exists.
          const refused =
            byIp ||
            ['ERR_NETLINK_ARGUMENT', 'ERR_NETLINK_ENCODE'].includes((error as { code: string }).code) ===
              false
          if (!refused) throw error
        }
      }
      const before = await added()
      if (before.length === 0) return
      const shown = show()
      const chosen = before[choice % before.length] as V
      const others = before.filter((one) => one !== chosen)
      if (!others.some((other) => kind.ambiguous?.(chosen, other))) {
        await kind.remove(net, chosen)
        assert.deepEqual(
          (await added()).map(stable).sort(),
          others.map(stable).sort(),
          `deleted ${stable(chosen)}`,
        )
        await kind.add(net, chosen)
        assert.deepEqual(
          (await added()).map(stable).sort(),
          before.map(stable).sort(),
          `added again ${stable(chosen)}`,
        )
        assert.deepEqual(show(), shown)
      }
    }
    await fc.assert(
      fc
        .asyncProperty(
          fc.array(fc.record({ spec: kind.spec, byIp: fc.boolean() }), { minLength: 1, maxLength: 6 }),
          fc.nat(100),
          property,
        )
        .afterEach(async () => kind.clear(all, await added())),
      modelParameters(runs),
    )
    t.pass()
  })
}

/** A record in which each member may be missing. */
function partly<T extends object>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(members, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>
}

const words = (...parts: (string | false | undefined)[]) => parts.filter(Boolean).join(' ')
const word = (name: string, value: unknown) => (value === undefined ? undefined : `${name} ${value}`)

// Few values, so that keys collide.
const metrics = partly<{
  mtu: number
  advmss: number
  hoplimit: number
  initcwnd: number
  quickack: number
  lock: number
  ccAlgo: string
  features: 'ecn'[]
}>({
  mtu: fc.constantFrom(1300, 1400),
  advmss: fc.constant(1200),
  hoplimit: fc.constant(7),
  initcwnd: fc.constant(5),
  quickack: fc.constant(1),
  lock: fc.constant(4),
  ccAlgo: fc.constant('reno'),
  features: fc.constant(['ecn']),
}).filter(({ lock, mtu }) => lock === undefined || mtu !== undefined)

function metricWords(given: RouteSpec['metrics']): string[] {
  return Object.entries(given ?? {}).flatMap(([name, value]) => {
    if (name === 'lock') return []
    if (name === 'mtu') return [`mtu ${given?.lock ? 'lock ' : ''}${value}`]
    if (name === 'ccAlgo') return [`congctl ${value}`]
    if (name === 'features') return ['features ecn']
    return [`${name} ${value}`]
  })
}

const LINK_NAMES: Record<number, string> = { 1: 'lo', 10: 'v0', 11: 'v1' }

function routeCommand(spec: RouteSpec): string {
  const {
    dst,
    family,
    type,
    tos,
    table,
    protocol,
    priority,
    prefsrc,
    oif,
    gateway,
    flags,
    multipath,
    nhId,
    pref,
    expires,
  } = spec
  return words(
    `${family === 'inet6' ? '-6' : '-4'} route append`,
    type !== undefined && type !== 'unicast' && String(type),
    dst,
    word('tos', tos),
    word('table', table),
    word('proto', protocol),
    word('metric', priority),
    word('src', prefsrc),
    word('via', gateway),
    oif !== undefined && `dev ${LINK_NAMES[oif as number]}`,
    flags?.includes('onlink') && 'onlink',
    word('nhid', nhId),
    word('pref', pref),
    word('expires', expires),
    ...metricWords(spec.metrics),
    ...(multipath ?? []).map((hop) =>
      words(
        'nexthop',
        word('via', hop.gateway),
        hop.oif !== undefined && `dev ${LINK_NAMES[hop.oif as number]}`,
        word('weight', hop.weight),
      ),
    ),
  )
}

function nextHops(gateways: readonly string[], ids: readonly number[]): fc.Arbitrary<Partial<RouteSpec>> {
  const gateway = fc.constantFrom(...gateways)
  const link = fc.constantFrom(10, 11)
  return fc.oneof(
    fc.record({ oif: link }),
    fc.record({ gateway }),
    fc.record({ gateway, oif: fc.constant(10) }),
    fc.record({ gateway, oif: link, flags: fc.constant(['onlink'] as const) }),
    fc.record({ nhId: fc.constantFrom(...ids) }),
    fc.record({ type: fc.constantFrom('blackhole', 'unreachable', 'prohibit', 'throw') }),
    fc.record({
      multipath: fc.uniqueArray(
        fc.record({ gateway, oif: fc.constant(10), weight: fc.constantFrom(1, 2, 7) }),
        {
          minLength: 2,
          maxLength: 3,
          selector: (hop) => hop.gateway,
        },
      ),
    }),
  )
}

function routeSpec(
  family: 'inet' | 'inet6',
  dst: fc.Arbitrary<string>,
  more: fc.Arbitrary<Partial<RouteSpec>>,
  hops: fc.Arbitrary<Partial<RouteSpec>>,
) {
  return fc
    .tuple(
      dst,
      hops,
      more,
      partly<RouteSpec>({
        table: fc.constantFrom(100, 1000),
        protocol: fc.constantFrom('static', 'bgp', 77),
        priority: fc.constantFrom(0, 5, 9),
        metrics,
      } as never),
    )
    .map(([to, hop, own, common]): RouteSpec => {
      const spec: RouteSpec = { dst: to, family, table: 100, ...common, ...own, ...hop }
      // Of one destination and metric, the kernel mixes up IPv6 routes with next hops of their own and those with next hop
      // objects, and leaves those without a gateway out of listings when they stand between others.
      if (family === 'inet6' && hop.nhId !== undefined) return { ...spec, dst: '2001:db8:11::/48' }
      if (family === 'inet6' && !hop.gateway && !hop.multipath) return { ...spec, dst: '2001:db8:12::/48' }
      // The gateways of other routes in the table are looked up in it.
      return to === 'default' && own.type !== undefined ? { ...spec, type: hop.type } : spec
    })
}

const same = (one: object, other: object, ...names: string[]) =>
  names.every((name) => stable({ value: one[name as never] }) === stable({ value: other[name as never] }))

const routeKind = (family: 'inet' | 'inet6') => ({
  command: routeCommand,
  list: async (net: RtNetlink): Promise<Route[]> =>
    (await net.routes.list({ family })).filter(({ table }) => table === 100 || table === 1000),
  add: (net: RtNetlink, spec: RouteSpec) => net.routes.append(spec),
  remove: (net: RtNetlink, route: Route) => net.routes.delete(route),
  shown: [100, 1000].map((table) => `-${family === 'inet' ? 4 : 6} route show table ${table}`),
  clear: async ({ net }: Stage, routes: readonly Route[]) => {
    await net.routes.deleteAll(routes, { onFailure() {} })
    for (const table of [100, 1000]) {
      await net.routes.deleteAll(await net.routes.list({ family, table }), { onFailure() {} })
    }
  },
})

checkKind<RouteSpec, Route>(
  'IPv4 routes',
  {
    ...routeKind('inet'),
    spec: routeSpec(
      'inet',
      fc.constantFrom('10.9.0.0/16', '10.9.1.1/32', 'default'),
      partly<RouteSpec>({
        prefsrc: fc.constantFrom('10.1.1.1', '10.1.1.11'),
        tos: fc.constantFrom(0, 4, 8),
        type: fc.constantFrom('unicast', 'local', 'broadcast', 'multicast'),
      } as never),
      nextHops(['10.1.1.2', '10.1.1.3', '10.1.1.4'], [1, 2, 3, 4]),
    ),
    // The kernel compares the preferred source and the congestion control only where a reference has one.
    ambiguous: (route, other) =>
      same(route, other, 'dst', 'tos', 'table', 'priority', 'type', 'oif', 'gateway', 'multipath', 'nhId') &&
      (route.nhId !== undefined ||
        (same(route, other, 'scope', 'protocol') &&
          (route.prefsrc === undefined || route.prefsrc === other.prefsrc) &&
          same(
            { ...route.metrics, ccAlgo: 0 },
            { ...other.metrics, ccAlgo: 0 },
            ...Object.keys({ ...route.metrics, ...other.metrics }),
          ))),
  },
  60,
)

checkKind<RouteSpec, Route>(
  'IPv6 routes',
  {
    ...routeKind('inet6'),
    spec: routeSpec(
      'inet6',
      fc.constantFrom('2001:db8:9::/48', '2001:db8:9::1/128', 'default'),
      partly<RouteSpec>({
        prefsrc: fc.constantFrom('2001:db8::1', '2001:db8::11'),
        pref: fc.constantFrom('low', 'medium', 'high'),
        expires: fc.constantFrom(500, 1000),
      } as never),
      nextHops(['2001:db8::2', '2001:db8::3', '2001:db8::4'], [11, 12, 13, 14]),
    ),
  },
  60,
)

function ruleCommand(rule: RuleSpec): string {
  const { family, src, dst, priority, table, action, iifname, oifname, fwmark, fwmask, ipProto, tos, flags } =
    rule
  return words(
    `${family === 'inet6' ? '-6' : '-4'} rule add`,
    flags?.includes('invert') && 'not',
    word('from', src),
    word('to', dst),
    word('tos', tos),
    fwmark !== undefined && `fwmark ${fwmark}${fwmask === undefined ? '' : `/${fwmask}`}`,
    word('iif', iifname),
    word('oif', oifname),
    word('priority', priority),
    word('ipproto', ipProto),
    rule.sportRange && `sport ${rule.sportRange.start}-${rule.sportRange.end}`,
    rule.dportRange && `dport ${rule.dportRange.start}-${rule.dportRange.end}`,
    rule.uidRange && `uidrange ${rule.uidRange.start}-${rule.uidRange.end}`,
    word('protocol', rule.protocol),
    rule.l3mdev ? 'l3mdev' : word('lookup', table),
    word('suppress_prefixlength', rule.suppressPrefixlen),
    rule.goto === undefined
      ? action !== undefined && action !== 'toTbl' && String(action)
      : `goto ${rule.goto}`,
  )
}

function ruleSpec(family: 'inet' | 'inet6', prefixes: readonly string[]): fc.Arbitrary<RuleSpec> {
  const range = fc.constantFrom({ start: 5, end: 9 }, { start: 80, end: 80 })
  return fc
    .tuple(
      partly<RuleSpec>({
        src: fc.constantFrom(...prefixes),
        dst: fc.constantFrom(...prefixes),
        priority: fc.constantFrom(0, 5, 100, 101),
        iifname: fc.constantFrom('v0', 'lo', 'missing'),
        oifname: fc.constantFrom('v1', 'missing'),
        fwmark: fc.constantFrom(1, 7),
        tos: fc.constantFrom(0, 8),
        ipProto: fc.constantFrom(6, 17),
        sportRange: range,
        dportRange: range,
        uidRange: range,
        protocol: fc.constantFrom('static', 'bgp'),
        flags: fc.constant(['invert']),
        suppressPrefixlen: fc.constantFrom(0, 8),
      } as never),
      fc.oneof(
        fc.record({ table: fc.constantFrom('main', 100, 1000) }),
        fc.record({ action: fc.constantFrom('blackhole', 'unreachable', 'prohibit', 'nop') }),
        fc.record({ goto: fc.constantFrom(32766, 20000) }),
        fc.record({ l3mdev: fc.constant(1) }),
      ),
      fc.constantFrom({}, { fwmask: 255 }),
    )
    .map(([own, what, mask]): RuleSpec => {
      const { suppressPrefixlen, fwmark, ...rest } = own
      return {
        ...rest,
        family,
        ...(fwmark === undefined ? {} : { fwmark, ...mask }),
        ...(suppressPrefixlen === undefined || !('table' in what) ? {} : { suppressPrefixlen }),
        ...what,
      } as RuleSpec
    })
}

/** Members that the kernel compares only where a reference has them. */
const OPTIONAL = [
  'src',
  'dst',
  'iifname',
  'oifname',
  'fwmark',
  'fwmask',
  'tos',
  'ipProto',
  'sportRange',
  'dportRange',
  'uidRange',
  'l3mdev',
] as const

for (const [title, family, prefixes] of [
  ['IPv4 rules', 'inet', ['10.0.0.0/8', '10.1.0.0/16', '10.1.1.1/32']],
  ['IPv6 rules', 'inet6', ['2001:db8::/32', '2001:db8::1/128']],
] as const) {
  checkKind<RuleSpec, Rule>(
    title,
    {
      spec: ruleSpec(family, prefixes),
      command: ruleCommand,
      list: (net) => net.rules.list({ family }),
      add: (net, spec) => net.rules.add(spec),
      remove: (net, rule) => net.rules.delete(rule),
      shown: [`-${family === 'inet' ? 4 : 6} rule show`],
      ambiguous: (rule, other) =>
        same(rule, other, 'priority', 'action', 'table', 'protocol') &&
        OPTIONAL.every((name) => !rule[name] || same(rule, other, name)) &&
        (rule.suppressPrefixlen === -1 || same(rule, other, 'suppressPrefixlen')),
      clear: async ({ net }, rules) => {
        // Each deletion takes one of them, whichever comes first.
        await net.rules.deleteAll(rules, { onFailure() {} })
      },
    },
    60,
  )
}

function addressCommand(spec: AddressSpec): string {
  const { address, peer, broadcast, label, scope, flags, rtPriority, proto, validLft, preferredLft } = spec
  return words(
    'addr add',
    peer === undefined ? address : `${address.replace(/\/.*/, '')} peer ${peer}`,
    word('broadcast', broadcast),
    word('label', label),
    word('scope', scope),
    word('metric', rtPriority),
    word('proto', proto),
    `dev ${LINK_NAMES[spec.link as number]}`,
    word('valid_lft', validLft),
    word('preferred_lft', preferredLft),
    ...(flags ?? []).map(String),
  )
}

const lifetimes = fc.constantFrom(
  {},
  { validLft: 5000, preferredLft: 3000 },
  { validLft: 5000, preferredLft: 0 },
)

function addressKind(family: 'inet' | 'inet6') {
  return {
    command: addressCommand,
    list: (net: RtNetlink): Promise<Address[]> => net.addresses.list({ family, link: 11 }),
    add: (net: RtNetlink, spec: AddressSpec) => net.addresses.add(spec),
    remove: (net: RtNetlink, address: Address) => net.addresses.delete(address),
    shown: [`-${family === 'inet' ? 4 : 6} addr show dev v1`],
    clear: async ({ net }: Stage) => {
      await net.addresses.flush({ link: 11, family })
    },
  }
}

checkKind<AddressSpec, Address>(
  'IPv4 addresses',
  {
    ...addressKind('inet'),
    // Of one prefix each: secondary addresses would become primary ones.
    spec: fc
      .tuple(
        fc.constantFrom('10.21.0.1/24', '10.22.0.1/17', '10.23.0.1/32', '127.3.0.1/8', '10.24.0.1/31'),
        partly<AddressSpec>({
          label: fc.constantFrom('v1', 'v1:x'),
          scope: fc.constantFrom('global', 'link', 'host', 200, 77),
          rtPriority: fc.constantFrom(5, 700),
          proto: fc.constantFrom('kernelRa', 77),
          flags: fc.constantFrom([], ['noprefixroute']),
          // The peer of an address is in a prefix of its own as well.
          peer: fc.constantFrom('1/32', '0/24'),
          broadcast: fc.constantFrom('10.21.0.255', '10.22.0.7'),
        } as never),
        lifetimes,
      )
      .map(
        ([address, { peer, ...own }, times]): AddressSpec => ({
          ...own,
          ...(peer === undefined ? {} : { peer: `${address.split('.').slice(0, 2).join('.')}.9.${peer}` }),
          address,
          link: 11,
          ...times,
        }),
      ),
  },
  40,
)

checkKind<AddressSpec, Address>(
  'IPv6 addresses',
  {
    ...addressKind('inet6'),
    spec: fc
      .tuple(
        fc.constantFrom(
          '2001:db8:21::1/64',
          '2001:db8:22::1/128',
          'fe80::21/64',
          'fec0::1/64',
          '2001:db8:21::2/64',
        ),
        partly<AddressSpec>({
          rtPriority: fc.constantFrom(5, 700),
          proto: fc.constantFrom('kernelRa', 77),
          peer: fc.constant('2001:db8:25::1/64'),
        } as never),
        fc.subarray(['noprefixroute', 'mngtmpaddr', 'home', 'optimistic'] as const),
        lifetimes,
      )
      .map(([address, own, flags, times]): AddressSpec => {
        const named = flags.map(
          (flag) => ({ mngtmpaddr: 'managetempaddr', home: 'homeaddress' })[flag as 'home'] ?? flag,
        )
        // mngtmpaddr makes addresses of its own; duplicate address detection ends when it pleases.
        const kept = named.filter((flag) => flag !== 'managetempaddr' && flag !== 'optimistic')
        return { ...own, address, link: 11, ...times, flags: ['nodad', ...(kept as 'homeaddress'[])] }
      }),
    command: (spec) => addressCommand(spec).replace('homeaddress', 'home'),
  },
  40,
)

checkKind<NeighbourSpec, Neighbour>(
  'neighbours',
  {
    spec: fc
      .tuple(
        fc.constantFrom('10.1.1.77', '10.1.1.78', '2001:db8::77', 'fe80::77'),
        fc.oneof(
          fc
            .tuple(
              partly<NeighbourSpec>({
                flags: fc.constantFrom([], ['router'], ['extLearned']),
                protocol: fc.constantFrom('static', 'zebra', 77),
              } as never),
              fc.constantFrom('permanent', 'noarp', 'reachable', 'stale', 'failed', 'incomplete'),
            )
            .map(([own, state]) => ({
              ...own,
              state,
              ...(state === 'failed' || state === 'incomplete' ? {} : { lladdr: '02:00:00:00:00:77' }),
            })),
          fc.record({ flags: fc.constant(['proxy'] as const) }),
        ),
      )
      .map(([dst, own]) => ({ ...own, dst, link: 10 }) as NeighbourSpec),
    command: ({ dst, state, lladdr, protocol, flags }) =>
      words(
        'neigh add',
        flags?.includes('proxy') && 'proxy',
        dst,
        'dev v0',
        word('lladdr', lladdr),
        word('nud', state),
        word('protocol', protocol),
        flags?.includes('router') && 'router',
        flags?.includes('extLearned') && 'extern_learn',
      ),
    list: async (net) => {
      const known = await net.neighbours.list({ link: 10 })
      const proxies = await net.neighbours.list({ link: 10, proxy: true })
      return [...known, ...proxies].filter(({ dst }) => !dst.startsWith('ff'))
    },
    add: (net, spec) => net.neighbours.add(spec),
    remove: (net, neighbour) => net.neighbours.delete(neighbour),
    shown: ['neigh show nud all dev v0', 'neigh show proxy'],
    clear: async ({ net }) => {
      for (const proxy of [false, true]) {
        await net.neighbours.deleteAll(await net.neighbours.list({ link: 10, proxy }), { onFailure() {} })
      }
    },
  },
  40,
)
