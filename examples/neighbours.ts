/**
 * Neighbours of two connected namespaces. Run it as root: `node dist/examples/neighbours.js`
 *
 * Shows: a static entry; an address that a link answers for (proxy ARP); a watch that reports what the kernel learns; a
 * flush.
 */
import { echo, Netns, RtNetlink } from 'rtnetlink'

using left = Netns.create()
using right = Netns.create()
await using here = await RtNetlink.open({ netns: left })
await using there = await RtNetlink.open({ netns: right })

await here.links.add({ kind: 'veth', name: 'eth0', peer: { name: 'eth0', netns: right } })
await Promise.all([here.links.set('eth0', { up: true }), there.links.set('eth0', { up: true })])
await here.addresses.add({ link: 'eth0', address: '192.0.2.1/24' })
await there.addresses.add({ link: 'eth0', address: '192.0.2.2/24' })

// A static entry: no ARP request is sent for this address.
const { address = '' } = await there.links.get('eth0')
await here.neighbours.add({ link: 'eth0', dst: '192.0.2.2', lladdr: address })
console.log('static:', (await here.neighbours.get({ link: 'eth0', dst: '192.0.2.2' })).state)

// The other end answers ARP requests for an address that it forwards to.
await there.neighbours.add({ link: 'eth0', dst: '192.0.2.77', flags: ['proxy'] })
const proxied = await there.neighbours.list({ proxy: true })
console.log(
  'proxied:',
  proxied.map(({ dst }) => dst),
)

// To reply, the other end resolves the address of this one: the kernel adds an entry there.
const reply = await echo('192.0.2.2', { netns: left, timeout: 5000 })
console.log('reply from', reply.address)
for await (const event of there.watch(['neighbour'])) {
  if (event.type !== 'added' || event.value.dst !== '192.0.2.1') continue
  console.log('learned:', event.value.dst, event.value.lladdr)
  break
}

console.log('flushed:', await here.neighbours.flush({ state: 'permanent' }))
