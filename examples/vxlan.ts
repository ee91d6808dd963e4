/**
 * A VXLAN between two namespaces. Run it as root: `node dist/examples/vxlan.js`
 *
 * Shows: a link kind with typed attributes of its own; each end has the other's address, so no multicast is needed;
 * the link's counters.
 */
import { echo, Netns, RtNetlink } from 'rtnetlink'

using left = Netns.create()
using right = Netns.create()
await using atLeft = await RtNetlink.open({ netns: left })
await using atRight = await RtNetlink.open({ netns: right })

await atLeft.links.add({ kind: 'veth', name: 'under', peer: { name: 'under', netns: right } })
for (const [net, own, other] of [
  [atLeft, 1, 2],
  [atRight, 2, 1],
] as const) {
  await net.addresses.add({ link: 'under', address: `192.0.2.${own}/24` })
  await net.links.set('under', { up: true })
  await net.links.add({
    kind: 'vxlan',
    name: 'vxlan42',
    up: true,
    data: { id: 42, port: 4789, local: `192.0.2.${own}`, group: `192.0.2.${other}` },
  })
  await net.addresses.add({ link: 'vxlan42', address: `10.42.0.${own}/24` })
}

const { time } = await echo('10.42.0.2', { netns: left, timeout: 5000 })
const vxlan = await atLeft.links.get('vxlan42')
console.log(`10.42.0.2 answered through the tunnel after ${time.toFixed(3)} ms`)
if (vxlan.kind === 'vxlan') {
  console.log(`vxlan ${vxlan.data?.id}, mtu ${vxlan.mtu}, ${vxlan.stats64?.rxPackets} packets received`)
}
