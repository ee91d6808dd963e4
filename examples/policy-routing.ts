/**
 * Policy routing over two providers. Run it as root: `node dist/examples/policy-routing.js`
 *
 * Shows: rules that select a routing table by source address; look-ups of the routes that the kernel would choose; an
 * echo through a given link.
 */
import { echo, Netns, RtNetlink } from 'rtnetlink'

using host = Netns.create()
await using net = await RtNetlink.open({ netns: host })
await net.links.set('lo', { up: true })

const uplinks = [
  { link: 'fibre', network: '192.0.2', table: 101 },
  { link: 'mobile', network: '198.51.100', table: 102 },
]
const providers: Netns[] = []
for (const { link, network, table } of uplinks) {
  const provider = Netns.create()
  providers.push(provider)
  await using there = await RtNetlink.open({ netns: provider })
  await net.links.add({ kind: 'veth', name: link, up: true, peer: { name: 'customer', netns: provider } })
  await net.addresses.add({ link, address: `${network}.2/24` })
  await there.addresses.add({ link: 'customer', address: `${network}.1/24` })
  await there.links.set('customer', { up: true })
  // The same remote address, reached through both providers.
  await there.addresses.add({ link: 'lo', address: '203.0.113.1/32' })
  await there.links.set('lo', { up: true })
  await net.routes.add({ dst: 'default', gateway: `${network}.1`, oif: link, table })
  await net.rules.add({ src: `${network}.2`, table, priority: table })
}
await net.routes.add({ dst: 'default', gateway: '192.0.2.1' })

for await (const { priority, src, table } of net.rules.dump({ family: 'inet' })) {
  console.log(`rule ${priority ?? 0}: from ${src ?? 'all'} look up table ${table}`)
}
for (const { link, network } of uplinks) {
  const route = await net.routes.get('203.0.113.1', { src: `${network}.2` })
  console.log(`from ${network}.2 the route goes via ${route.gateway}; ${link} is link ${route.oif}`)
}
const { time } = await echo('203.0.113.1', { netns: host, link: 'mobile', timeout: 5000 })
console.log(`203.0.113.1 answered through mobile after ${time.toFixed(3)} ms`)
for (const provider of providers) provider.close()
