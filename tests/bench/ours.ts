/**
 * The benchmark's work by this library: `node ours.js WORK NUMBER [PATH]`, run inside a namespace. Prints the result
 * in JSON.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type AddressSpec, Netns, type RouteSpec, RtNetlink } from '../../lib/index.js'

const [work = '', number = '0', argument = ''] = process.argv.slice(2)
const n = Number(number)

function* routes(count: number): Generator<RouteSpec> {
  for (let i = 0; i < count; i++) yield { dst: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, oif: 1 }
}

function* addresses(count: number): Generator<AddressSpec> {
  for (let i = 0; i < count; i++) yield { link: 1, address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` }
}

/** Each returns how many objects it handled, and further observations as text. */
const works: Record<string, (net: RtNetlink) => Promise<{ count: number; seen?: string }>> = {
  async addRoutes(net) {
    await Promise.all(Array.from(routes(n), (route) => net.routes.add(route)))
    return { count: n }
  },
  async addRoutesBulk(net) {
    return { count: await net.routes.addAll(routes(n)) }
  },
  async addAddresses(net) {
    return { count: await net.addresses.addAll(addresses(n)) }
  },
  async dumpRoutes(net) {
    return { count: (await net.routes.list({ family: 'inet' })).length }
  },
  async dumpRoutesStream(net) {
    let count = 0
    for await (const _ of net.routes.dump({ family: 'inet' })) count++
    return { count }
  },
  async dumpRoutesBatches(net) {
    let count = 0
    for await (const batch of net.routes.dump({ family: 'inet' }).batches()) count += batch.length
    return { count }
  },
  async dumpLinks(net) {
    return { count: (await net.links.list()).length }
  },
  async getLinks(net) {
    for (let i = 0; i < n; i++) await net.links.get(1)
    return { count: n }
  },
  async pairs(net) {
    const indexes = Array.from({ length: n }, (_, i) => 1000 + i)
    await Promise.all(
      indexes.flatMap((index, i) => [
        net.links.add({ kind: 'veth', name: `v${i}`, index, up: true, peer: { netns: { path: argument } } }),
        net.addresses.add({ link: index, address: `10.0.${i >> 8}.${i & 255}` }),
      ]),
    )
    await Promise.all(indexes.map((index) => net.links.delete(index)))
    return { count: n }
  },
  async watch(net) {
    const stop = new AbortController()
    const events = net.watch(['route'], { signal: stop.signal })
    const started = performance.now()
    let count = 0
    let overruns = 0
    let changes: Promise<unknown> | undefined
    for await (const event of events) {
      if (event.type === 'synced') changes ??= once(spawn(argument, ['addRoutes', number]), 'exit')
      else if (event.type === 'overrun') overruns++
      else if (event.value.dst.startsWith('10.') && ++count === n) break
    }
    await changes
    const perSecond = Math.round((count / (performance.now() - started)) * 1000)
    return { count, seen: `${perSecond} events a second, ${n - count} lost, ${overruns} overruns recovered` }
  },
  async watchMany(net) {
    const collect = gc()
    const size = () => {
      collect()
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    }
    const before = size()
    const stop = new AbortController()
    const began = performance.now()
    let count = 0
    for await (const event of net.watch(['route'], { signal: stop.signal })) {
      if (event.type === 'added') count++
      if (event.type !== 'synced') continue
      const seconds = ((performance.now() - began) / 1000).toFixed(2)
      const bytes = Math.round((size() - before) / count)
      return { count, seen: `synced after ${seconds} s, ${bytes} bytes a route` }
    }
    return { count }
  },
  async loop(net) {
    const names = Array.from({ length: 200 }, (_, i) => `v${i}`)
    await net.links.addAll(names.map((name) => ({ kind: 'veth', name })))
    const delay = monitorEventLoopDelay({ resolution: 1 })
    await new Promise((resolve) => setTimeout(resolve, 50))
    delay.enable()
    const [count] = await Promise.all([works['dumpRoutesStream']?.(net), net.links.deleteAll(names)])
    delay.disable()
    const ms = (nanoseconds: number) => (nanoseconds / 1e6).toFixed(1)
    return {
      count: count?.count ?? 0,
      seen: `event loop blocked for at most ${ms(delay.max)} ms, 99% below ${ms(delay.percentile(99))} ms`,
    }
  },
}

/** A full garbage collection, without a flag of the program. */
function gc(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}

/** Does some of each work in another namespace first, so that the JIT compiler's time is not measured. */
async function warmUp(): Promise<void> {
  using netns = Netns.create()
  using net = await RtNetlink.open({ netns })
  await net.links.set('lo', { up: true })
  await net.links.addAll(Array.from({ length: 50 }, () => ({ kind: 'veth' })))
  for (let round = 0; round < 5; round++) {
    await net.routes.addAll(routes(5000))
    for await (const _ of net.routes.dump({ family: 'inet' }));
    await net.routes.deleteAll(routes(5000))
    await Promise.all(Array.from(routes(2000), (route) => net.routes.add(route)))
    await net.routes.list()
    await net.routes.deleteAll(routes(2000))
    for (let i = 0; i < 5000; i++) await net.links.get(1)
    for (let i = 0; i < 5; i++) await net.links.list()
  }
}

await warmUp()
await using net = await RtNetlink.open()
const warm = process.memoryUsage().rss
const began = performance.now()
const result = await works[work]?.(net)
const ms = performance.now() - began
const { maxRSS } = process.resourceUsage()
console.log(JSON.stringify({ ms, ...result, growth: maxRSS / 1024 - warm / 2 ** 20 }))
