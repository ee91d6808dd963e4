/**
 * Records this kernel's answers for a populated namespace: `npm run capture`, as root, writes tests/data/captures.json.
 */
import { writeFileSync } from 'node:fs'
import { Netns, RtNetlink } from '../../lib/index.js'
import { addressMessage, bytes, linkMessage, messageFlag, routeMessage, rtm } from '../../protocol/index.js'
import { PAIRS } from './requests.js'

const whole = bytes()

using netns = Netns.create()
await using net = await RtNetlink.open({ netns })
await net.links.set('lo', { up: true })
await net.links.add({ kind: 'veth', name: 'v0', index: 10, up: true, peer: { name: 'v1', index: 11 } })
await net.links.add({ kind: 'bridge', name: 'br0', index: 12 })
await net.addresses.add({ link: 'v0', address: '10.1.1.1/24' })
await net.addresses.add({ link: 'v0', address: '2001:db8::1/64', flags: ['nodad'] })
await net.links.set('v1', { up: true, master: 'br0' })
// Some commands depend on objects that others delete: failures are ignored.
for (const { ip, ours } of PAIRS) if (/ add /.test(ip)) await ours(net).catch(() => {})

const captured: string[] = []
for (const [type, codec] of [
  [rtm.getlink, linkMessage],
  [rtm.getaddr, addressMessage],
  [rtm.getroute, routeMessage],
] as const) {
  for await (const message of net.raw.dump({ type, codec, value: {} }, whole)) {
    captured.push(Buffer.from(message).toString('hex'))
  }
}
const refused = net.raw.listen([1])
await net.raw.request({
  type: rtm.newlink,
  flags: messageFlag.create,
  codec: linkMessage,
  value: { ifname: 'seen', linkinfo: { kind: 'ifb' } },
})
const { value: seen } = await refused.next()
if (seen && 'payload' in seen) captured.push(Buffer.from(seen.payload).toString('hex'))
await refused.return()
writeFileSync('tests/data/captures.json', `${JSON.stringify(captured, null, 2)}\n`)
