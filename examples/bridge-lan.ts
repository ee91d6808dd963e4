/**
 * A LAN of three hosts. Run it as root: `node dist/examples/bridge-lan.js`
 *
 * Shows: a bridge in a namespace of its own, three ports, an echo from each host to each other one, and the state of
 * the ports (the bridge's slave data).
 */
import { echo, Netns, RtNetlink } from 'rtnetlink'

using lan = Netns.create()
await using bridge = await RtNetlink.open({ netns: lan })
await bridge.links.add({ kind: 'bridge', name: 'br0', up: true, data: { stpState: 0 } })

const hosts = [1, 2, 3].map((number) => ({ netns: Netns.create(), number, address: `10.0.0.${number}` }))
for (const { netns, number, address } of hosts) {
  await using inside = await RtNetlink.open({ netns })
  const port = `host${number}`
  await bridge.links.add({ kind: 'veth', name: port, up: true, master: 'br0', peer: { name: 'eth0', netns } })
  await inside.addresses.add({ link: 'eth0', address: `${address}/24` })
  await inside.links.set('eth0', { up: true })
}

for (const from of hosts) {
  for (const to of hosts) {
    if (from === to) continue
    const { time } = await echo(to.address, { netns: from.netns, timeout: 5000 })
    console.log(`${from.address} → ${to.address}: ${time.toFixed(3)} ms`)
  }
}
for await (const { name, slave } of bridge.links.dump({ master: 'br0' })) {
  if (slave?.kind === 'bridge') console.log(`port ${name}: ${slave.data?.state}`)
}
for (const { netns } of hosts) netns.close()
