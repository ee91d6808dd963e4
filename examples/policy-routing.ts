/**
 * Two uplinks, and who goes by which. Run it as root: `node dist/examples/policy-routing.js`
 *
 * Shows: rules that send packets to tables of their own, by where they come from; look-ups that prove it without a packet;
 * echoes that prove it with one.
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
  // The same address of the world, at both providers.
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
  const way = await net.routes.get('203.0.113.1', { src: `${network}.2` })
  console.log(`from ${network}.2 one goes by ${way.gateway}; ${link} is link ${way.oif}`)
}
const { time } = await echo('203.0.113.1', { netns: host, link: 'mobile' })
console.log(`203.0.113.1 answered by mobile after ${time.toFixed(3)} ms`)
for (const provider of providers) provider.close()
