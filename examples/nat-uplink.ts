/**
 * An uplink through NAT. Run it as root: `node dist/examples/nat-uplink.js`
 *
 * Shows: three namespaces, one of them the "internet" with a web server; `connectUplink` connects the first through
 * the router, in one call; the server sees the router's address; after disconnecting, the network is unreachable
 * again.
 */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { connectUplink, formatRuleset, Netns, Nftables, RtNetlink } from 'rtnetlink'

using inside = Netns.create()
using router = Netns.create()
using internet = Netns.create()
await using atRouter = await RtNetlink.open({ netns: router })
await using atInternet = await RtNetlink.open({ netns: internet })
await atRouter.links.add({ kind: 'veth', name: 'wan', peer: { name: 'eth0', netns: internet } })
await Promise.all([
  atRouter.addresses.add({ link: 'wan', address: '198.51.100.1/24' }),
  atRouter.links.set('wan', { up: true }),
  atInternet.addresses.add({ link: 'eth0', address: '198.51.100.2/24' }),
  atInternet.links.set('eth0', { up: true }),
])
const server = await internet.listen(
  createServer((request, response) => response.end(`you are ${request.socket.remoteAddress}`)),
  { host: '198.51.100.2', port: 80 },
)

async function fetchFromInside(): Promise<string> {
  const socket = await inside.connect({ host: '198.51.100.2', port: 80 })
  socket.write('GET / HTTP/1.0\r\n\r\n')
  return (await text(socket)).split('\r\n\r\n')[1] ?? ''
}
const failure = (error: Error) => error.message

console.log(`before: ${await fetchFromInside().catch(failure)}`)
const uplink = await connectUplink(inside, { via: router })
console.log(
  `connected by ${uplink.link}, ${uplink.address}, through ${uplink.gateway}: ${await fetchFromInside()}`,
)
await using nft = await Nftables.open({ netns: router })
console.log(formatRuleset(await nft.ruleset()).trimEnd())
await uplink.disconnect()
console.log(`after: ${await fetchFromInside().catch(failure)}`)
server.close()
