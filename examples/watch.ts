/**
 * Watches links, addresses and routes: `ip monitor` with types. Run it as root: `node dist/examples/watch.js`
 *
 * Shows: the initial state, `synced`, then changes with their difference; a signal that ends the watch.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Netns, RtNetlink } from 'rtnetlink'

using netns = Netns.create()
await using net = await RtNetlink.open({ netns })

/** Changes to watch, with pauses between them. */
async function makeChanges(): Promise<void> {
  await net.links.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
  await sleep(100)
  await net.links.set('v0', { up: true })
  await net.addresses.add({ link: 'v0', address: '10.0.0.1/24' })
  await sleep(100)
  await net.links.delete('v0')
}

let changes: Promise<void> | undefined
for await (const event of net.watch(['link', 'address', 'route'], { signal: AbortSignal.timeout(10_000) })) {
  if (event.type === 'synced') changes = makeChanges()
  if (!('object' in event)) console.log(event.type)
  else if (event.object === 'link') {
    const what = event.type === 'changed' ? Object.keys(event.difference).join() : event.value.kind
    console.log(`${event.type} link ${event.value.name}: ${what ?? 'loopback'}`)
    if (event.type === 'removed' && event.value.name === 'v0') break
  } else if (event.object === 'address') console.log(`${event.type} address ${event.value.address}`)
  else if (event.value.family === 'inet') console.log(`${event.type} route ${event.value.dst}`)
}
await changes
