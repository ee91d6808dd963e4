/**
 * A hundred thousand routes. Run it as root: `node dist/examples/bulk-routes.js`
 *
 * Shows: a generator that is never held as an array, progress, the failures by their places, a listing that streams, one
 * look-up that reads no list at all.
 */
import { Netns, type RouteSpec, RtNetlink } from 'rtnetlink'

using netns = Netns.create()
await using net = await RtNetlink.open({ netns })
await net.links.set('lo', { up: true })

function* routes(): Generator<RouteSpec> {
  for (let i = 0; i < 100_000; i++) {
    yield { dst: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, oif: 'lo' }
    // One that is there already, now and then.
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
console.log(`to 10.1.2.3 one goes by link ${(await net.routes.get('10.1.2.3')).oif}`)
