/**
 * A hundred thousand routes. Run it as root: `node dist/examples/bulk-routes.js`
 *
 * Shows: adding from a generator, failures by the index of their item, a listing that streams in batches, and a
 * look-up by the kernel that reads no list.
 */
import { Netns, type RouteSpec, RtNetlink } from 'rtnetlink'

using netns = Netns.create()
await using net = await RtNetlink.open({ netns })
await net.links.set('lo', { up: true })

function* routes(): Generator<RouteSpec> {
  for (let i = 0; i < 100_000; i++) {
    yield { dst: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, oif: 'lo' }
    // Every 25,000 routes, one that exists already.
    if (i % 25_000 === 0) yield { dst: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, oif: 'lo' }
  }
}

const began = performance.now()
const added = await net.routes.addAll(routes(), {
  onFailure: ({ index, error }) => console.log(`item ${index}: ${(error as Error).message}`),
})
console.log(`${added} routes added in ${Math.round(performance.now() - began)} ms`)

let listed = 0
for await (const batch of net.routes.dump({ family: 'inet', table: 'main' }).batches()) listed += batch.length
console.log(`${listed} routes listed`)
console.log(`the route to 10.1.2.3 uses link ${(await net.routes.get('10.1.2.3')).oif}`)
