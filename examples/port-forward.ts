/**
 * A port of a router, forwarded to a server behind it. Run it as root: `node dist/examples/port-forward.js`
 *
 * Shows: rules as data, several changes in one transaction, dnat with a counter, and a packet filter that drops all
 * other packets.
 */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { action, formatRuleset, match, Netns, Nftables, RtNetlink } from 'rtnetlink'

using client = Netns.create()
using router = Netns.create()
using behind = Netns.create()
await using atRouter = await RtNetlink.open({ netns: router })

/** Connects a host to the router with a veth pair, and gives it a default route. */
async function attach(host: Netns, link: string, network: string): Promise<void> {
  await using inside = await RtNetlink.open({ netns: host })
  await atRouter.links.add({ kind: 'veth', name: link, up: true, peer: { name: 'eth0', netns: host } })
  await atRouter.addresses.add({ link, address: `${network}.1/24` })
  await inside.addresses.add({ link: 'eth0', address: `${network}.2/24` })
  await inside.links.set('eth0', { up: true })
  await inside.routes.add({ dst: 'default', gateway: `${network}.1` })
}
await attach(client, 'wan', '203.0.113')
await attach(behind, 'lan', '10.0.0')
router.sysctl.set('net.ipv4.ip_forward', 1)

const server = await behind.listen(
  createServer((_, response) => response.end('from behind')),
  { port: 80 },
)
await using nft = await Nftables.open({ netns: router })
await nft.transaction((change) => {
  const nat = { family: 'ip', table: 'nat' } as const
  change.addTable({ family: 'ip', name: 'nat' })
  change.addChain({ ...nat, name: 'in', type: 'nat', hook: 'prerouting', priority: 'dstnat' })
  change.addRule({
    ...nat,
    chain: 'in',
    expressions: [
      match.iifname('wan'),
      match.dport('tcp', 8080),
      action.counter(),
      action.dnat('10.0.0.2:80'),
    ],
  })
  const filter = { family: 'inet', table: 'filter' } as const
  change.addTable({ family: 'inet', name: 'filter' })
  change.addChain({ ...filter, name: 'forward', hook: 'forward', policy: 'drop' })
  change.addRule({
    ...filter,
    chain: 'forward',
    expressions: [match.ctState('established', 'related'), action.accept()],
  })
  change.addRule({ ...filter, chain: 'forward', expressions: [match.ctStatus('dnat'), action.accept()] })
})

const socket = await client.connect({ host: '203.0.113.1', port: 8080 })
socket.write('GET / HTTP/1.0\r\n\r\n')
console.log(`203.0.113.1:8080 answers: ${(await text(socket)).split('\r\n\r\n')[1]}`)
console.log(formatRuleset(await nft.ruleset()).trimEnd())
server.close()
