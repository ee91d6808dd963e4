import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import type { ExecutionContext } from 'ava'
import { formatRuleset, type Netns, Nftables, RtNetlink } from '../../lib/index.js'
import { namesIn } from '../../lib/path.js'
import { sandbox } from './sandbox.js'

/** The servers of the "internet", by the version of IP. */
export const SERVERS = { 4: '198.51.100.2', 6: '2001:db8:100::2' } as const
/** The answer of a server to a request that comes from the router's own address. */
export const FROM_ROUTER = { 4: 'you are 198.51.100.1', 6: 'you are 2001:db8:100::1' } as const

/** A router, connected by its link `up` to an "internet" with a web server for each version. */
export async function world(t: ExecutionContext<unknown>, { ipv6 = true } = {}) {
  const [router, internet] = [await sandbox(t), await sandbox(t)]
  for (const { netns } of [router, internet]) {
    netns.sysctl.set('net.ipv6.conf.all.forwarding', false)
    // A machine without IPv6 hands that down to new namespaces.
    netns.sysctl.set('net.ipv6.conf.all.disable_ipv6', false)
    netns.sysctl.set('net.ipv6.conf.default.disable_ipv6', false)
  }
  await router.net.links.add({ kind: 'veth', name: 'up', peer: { name: 'eth0', netns: internet.netns } })
  await Promise.all([
    router.net.addresses.add({ link: 'up', address: '198.51.100.1/24' }),
    router.net.links.set('up', { up: true }),
    internet.net.addresses.add({ link: 'eth0', address: '198.51.100.2/24' }),
    internet.net.links.set('eth0', { up: true }),
  ])
  if (ipv6) {
    const flags = ['nodad'] as const
    await router.net.addresses.add({ link: 'up', address: '2001:db8:100::1/64', flags })
    await internet.net.addresses.add({ link: 'eth0', address: '2001:db8:100::2/64', flags })
  }
  for (const host of ipv6 ? Object.values(SERVERS) : [SERVERS[4]]) {
    const server = await internet.netns.listen(
      createServer((request, response) => response.end(`you are ${request.socket.remoteAddress}`)),
      { host, port: 80 },
    )
    t.teardown(() => server.close())
  }
  return { router: router.netns, net: router.net, internet }
}

/** The response of the web server to a request from inside. */
export async function fetchFrom(inside: Netns, version: 4 | 6 = 4, timeout = 5000): Promise<string> {
  const socket = await inside.connect({
    host: SERVERS[version],
    port: 80,
    signal: AbortSignal.timeout(timeout),
  })
  socket.write('GET / HTTP/1.0\r\n\r\n')
  return (await text(socket)).split('\r\n\r\n')[1] ?? ''
}

/** Settings that change by themselves, or with each link. */
const VOLATILE = /stable_secret|\/neigh\//

/** All settings of links and of IP in a namespace. */
export function settings(netns: Netns): Record<string, string> {
  return netns.run(() => {
    const found: Record<string, string> = {}
    for (const family of ['ipv4', 'ipv6']) {
      for (const name of ['ip_forward', 'ip_default_ttl'])
        if (family === 'ipv4') found[name] = readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8')
      for (const link of namesIn(`/proc/sys/net/${family}/conf`)) {
        for (const name of namesIn(`/proc/sys/net/${family}/conf/${link}`)) {
          const path = `/proc/sys/net/${family}/conf/${link}/${name}`
          if (!VOLATILE.test(path)) found[path] = readFileSync(path, 'utf8').trim()
        }
      }
    }
    return found
  })
}

/** All state of the router that an uplink may change. */
export async function snapshot(router: Netns) {
  await using net = await RtNetlink.open({ netns: router })
  await using nft = await Nftables.open({ netns: router })
  return {
    links: (await net.links.list()).map(({ name, up, ifalias, propList }) => ({
      name,
      up,
      ifalias,
      propList,
    })),
    // Link-local addresses, and the routes to addresses, come and go as links become operational.
    addresses: (await net.addresses.list())
      .filter(({ address }) => !address.startsWith('fe80:'))
      .map(({ address, link }) => ({ address, link })),
    routes: (await net.routes.list({ table: 'main' }))
      .filter(({ dst }) => !dst.startsWith('fe80:'))
      .map(({ dst, oif }) => ({ dst, oif })),
    rules: formatRuleset(await nft.ruleset()),
    settings: settings(router),
  }
}
