import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { ExecutionContext } from 'ava'
import { Netns, RtNetlink } from '../../../lib/index.js'
import { toolTest } from '../../helpers/needs.js'
import { PAIRS, STAGE } from '../../helpers/requests.js'
import { netnsName } from '../../helpers/sandbox.js'

const parityTest = toolTest('ip')

function ip(netns: string, words: string): string {
  return execFileSync('ip', ['-n', netns, ...words.split(' ')], { encoding: 'utf8' })
}

/** What differs between two namespaces in which the same was done: chance, clocks, and addresses made of chance. */
const CHANCE = new Set([
  'permaddr',
  'bridge_id',
  'root_id',
  'gc_timer',
  'hello_timer',
  'tcn_timer',
  'topology_change_timer',
  'designated_bridge',
  'designated_root',
  'valid_life_time',
  'preferred_life_time',
  'expires',
  'operstate',
])

function settled(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(settled).filter((member) => !JSON.stringify(member).includes('"fe80::'))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key, member]) =>
          !CHANCE.has(key) &&
          !(
            key === 'address' &&
            /^([0-9a-f]{2}:){5}/.test(String(member)) &&
            !String(member).startsWith('02:00')
          ),
      )
      // Carrier comes a moment after the link is up.
      .map(([key, member]) => [
        key,
        key === 'flags'
          ? (member as string[]).filter((flag) => !/CARRIER|LOWER_UP|linkdown/.test(flag))
          : settled(member),
      ]),
  )
}

function state(netns: string): unknown {
  return settled({
    addresses: JSON.parse(ip(netns, '-j -d addr show')),
    routes: JSON.parse(ip(netns, '-j -d -4 route show table all')),
    routes6: JSON.parse(ip(netns, '-j -d -6 route show table all')),
    neighbours: JSON.parse(ip(netns, '-j neigh show nud permanent')),
    proxies: JSON.parse(ip(netns, '-j neigh show proxy')),
    rules: JSON.parse(ip(netns, '-j -d -4 rule show')),
    rules6: JSON.parse(ip(netns, '-j -d -6 rule show')),
  })
}

/**
 * A named namespace with the stage in it, once the kernel has done by itself all that follows: carrier, link-local
 * addresses.
 */
async function staged(t: ExecutionContext<unknown>): Promise<string> {
  const name = netnsName(t)
  Netns.create(name).close()
  for (const words of STAGE) ip(name, words)
  const settledLinkLocals = () =>
    (JSON.parse(ip(name, '-j -6 addr show scope link -tentative')) as { ifname?: string }[]).filter(
      ({ ifname }) => ifname === 'v0' || ifname === 'v1',
    )
  while (settledLinkLocals().length < 2) await sleep(50)
  return name
}

/** Waits, for a limited time, until what the kernel does by itself afterwards is done: routes of IPv6 addresses. */
async function untilEqual(ours: string, stock: string): Promise<{ ours: unknown; stock: unknown }> {
  for (let i = 0; ; i++) {
    const states = { ours: state(ours), stock: state(stock) }
    if (i === 20 || isDeepStrictEqual(states.ours, states.stock)) return states
    await sleep(100)
  }
}

parityTest('each request leaves the kernel in the same state as the same request of ip(8)', async (t) => {
  const [stock, ours] = await Promise.all([staged(t), staged(t)])
  await using net = await RtNetlink.open({ netns: ours })
  for (const pair of PAIRS) {
    ip(stock, pair.ip)
    await pair.ours(net)
    const states = await untilEqual(ours, stock)
    t.deepEqual(states.ours, states.stock, `after: ip ${pair.ip}`)
  }
})

parityTest('listings equal those of ip(8)', async (t) => {
  const name = await staged(t)
  for (const { ip: words } of PAIRS.filter(({ ip: words }) => / add /.test(words))) ip(name, words)
  await using net = await RtNetlink.open({ netns: name })

  const links = JSON.parse(ip(name, '-j -d link show')) as Record<string, unknown>[]
  const listed = await net.links.list()
  t.deepEqual(
    listed.map(({ name, index, mtu, kind, qdisc, txqlen, address, numTxQueues }) => ({
      name,
      index,
      mtu,
      kind,
      qdisc,
      txqlen,
      address,
      numTxQueues,
    })),
    links.map((link) => ({
      name: link['ifname'],
      index: link['ifindex'],
      mtu: link['mtu'],
      kind: (link['linkinfo'] as { info_kind?: string } | undefined)?.info_kind,
      qdisc: link['qdisc'],
      txqlen: link['txqlen'],
      address: link['address'],
      numTxQueues: link['num_tx_queues'],
    })) as never,
  )
  for (const [i, link] of links.entries()) {
    const words = (link['flags'] as string[]).filter((flag) => flag !== 'NO-CARRIER' && flag !== 'M-DOWN')
    const camel = (flag: string) => flag.toLowerCase().replace(/_(.)/g, (_, c: string) => c.toUpperCase())
    t.deepEqual(
      listed[i]?.flags
        .filter((flag) => flag !== 'running')
        .map(String)
        .sort(),
      words.map(camel).sort(),
    )
  }

  interface StockAddress {
    family: string
    local: string
    prefixlen: number
    scope: string
    label?: string
    broadcast?: string
    address?: string
  }
  const addresses = (
    JSON.parse(ip(name, '-j addr show')) as { ifindex: number; addr_info: StockAddress[] }[]
  ).flatMap(({ ifindex, addr_info }) => addr_info.map((info) => ({ ifindex, ...info })))
  const key = (value: object) => JSON.stringify(value)
  t.deepEqual(
    (await net.addresses.list())
      .map(({ link, family, address, scope, label, broadcast, peer }) =>
        key({ link, family, address, scope, label, broadcast, peer }),
      )
      .sort(),
    addresses
      .map(({ ifindex, family, local, prefixlen, scope, label, broadcast, address }) =>
        key({
          link: ifindex,
          family,
          address: `${local}/${prefixlen}`,
          scope,
          label,
          broadcast,
          peer: address && `${address}/${prefixlen}`,
        }),
      )
      .sort(),
  )

  interface StockRoute {
    dst: string
    gateway?: string
    protocol: string
    table?: string
    metric?: number
    prefsrc?: string
    type: string
  }
  for (const [option, family] of [
    ['-4 ', 'inet'],
    ['-6 ', 'inet6'],
  ] as const) {
    const routes = JSON.parse(ip(name, `-j -d ${option}route show table all`)) as StockRoute[]
    const bits = family === 'inet' ? 32 : 128
    t.deepEqual(
      (await net.routes.list({ family }))
        .map(({ dst, gateway, protocol, table, priority, prefsrc, type }) =>
          key({ dst, gateway, protocol, table: String(table), priority, prefsrc, type }),
        )
        .sort(),
      routes
        .map(({ dst, gateway, protocol, table = 'main', metric, prefsrc, type }) =>
          key({
            dst: dst === 'default' || dst.includes('/') ? dst : `${dst}/${bits}`,
            gateway,
            protocol,
            table,
            priority: metric,
            prefsrc,
            type,
          }),
        )
        .sort(),
    )
  }
})
