/**
 * An uplink through NAT. Run it as root: `node dist/examples/nat-uplink.js`
 *
 * Shows: three namespaces, one of them the "internet" with a web server; `connectUplink` connects the first through
 * the router, in one call, with IPv4 and IPv6; the server sees the router's addresses; a chain of the router's own
 * firewall that drops the packets is reported, and opened; after disconnecting, the network is unreachable again.
 */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { connectUplink, formatRuleset, Netns, Nftables, RtNetlink } from 'rtnetlink'

const SERVER = '198.51.100.2'
const SERVER6 = '2001:db8::2'

using inside = Netns.create()
using router = Netns.create()
using internet = Netns.create()
await using atRouter = await RtNetlink.open({ netns: router })
await using atInternet = await RtNetlink.open({ netns: internet })
await atRouter.links.add({ kind: 'veth', name: 'wan', peer: { name: 'eth0', netns: internet } })
await Promise.all([
  atRouter.addresses.add({ link: 'wan', address: '198.51.100.1/24' }),
  atRouter.links.set('wan', { up: true }),
  atRouter.addresses.add({ link: 'wan', address: '2001:db8::1/64', flags: ['nodad'] }),
  atInternet.addresses.add({ link: 'eth0', address: `${SERVER}/24` }),
  atInternet.addresses.add({ link: 'eth0', address: `${SERVER6}/64`, flags: ['nodad'] }),
  atInternet.links.set('eth0', { up: true }),
])
const servers = await Promise.all(
  [SERVER, SERVER6].map((host) => {
    const server = createServer((request, response) =>
      response.end(`you are ${request.socket.remoteAddress}`),
    )
    return internet.listen(server, { host, port: 80 })
  }),
)

async function fetchFromInside(host: string): Promise<string> {
  const socket = await inside.connect({ host, port: 80, signal: AbortSignal.timeout(5000) })
  socket.write('GET / HTTP/1.0\r\n\r\n')
  return (await text(socket)).split('\r\n\r\n')[1] ?? ''
}
const failure = (error: Error) => error.message

await using nft = await Nftables.open({ netns: router })
await nft.transaction((change) => {
  change.addTable({ family: 'inet', name: 'firewall' })
  const hook = { type: 'filter', hook: 'forward', policy: 'drop' } as const
  change.addChain({ family: 'inet', table: 'firewall', name: 'forward', ...hook })
})

console.log(`before: ${await fetchFromInside(SERVER).catch(failure)}`)
const { warnings } = await connectUplink(inside, { via: router })
for (const warning of warnings) console.log(`warning: ${warning.message}`)
const uplink = await connectUplink(inside, { via: router, openForward: true })
console.log(
  `connected by ${uplink.link}, ${uplink.address}, through ${uplink.gateway}: ${await fetchFromInside(SERVER)}`,
)
if (uplink.ipv6 !== undefined)
  console.log(`and ${uplink.ipv6.address}, through ${uplink.ipv6.gateway}: ${await fetchFromInside(SERVER6)}`)
console.log(formatRuleset(await nft.ruleset()).trimEnd())
await uplink.disconnect()
console.log(`after: ${await fetchFromInside(SERVER).catch(failure)}`)
for (const server of servers) server.close()
