/**
 * Two namespaces, connected by a veth pair. Run it as root: `node dist/examples/veth-pair.js`
 *
 * Shows: namespaces without a name, which the kernel removes when they are closed; a pair created in one request,
 * with one end in each namespace; addresses; an echo.
 */
import { echo, Netns, RtNetlink } from 'rtnetlink'

using red = Netns.create()
using blue = Netns.create()
await using inRed = await RtNetlink.open({ netns: red })
await using inBlue = await RtNetlink.open({ netns: blue })

await inRed.links.add({ kind: 'veth', name: 'to-blue', peer: { name: 'to-red', netns: blue } })
await Promise.all([
  inRed.addresses.add({ link: 'to-blue', address: '10.0.0.1/24' }),
  inRed.links.set('to-blue', { up: true }),
  inBlue.addresses.add({ link: 'to-red', address: '10.0.0.2/24' }),
  inBlue.links.set('to-red', { up: true }),
])

const { address, time } = await echo('10.0.0.2', { netns: red, timeout: 5000 })
console.log(`${address} answered after ${time.toFixed(3)} ms`)
