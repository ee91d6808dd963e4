import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import test from 'ava'
import { openFiles } from '../helpers/open-files.js'

const LIBRARY = new URL('../../lib/index.js', import.meta.url).href

/** What a worker has open when it ends: connections, a watch, a listing, namespaces, sockets. */
const OPEN_EVERYTHING = `
  import { parentPort } from 'node:worker_threads'
  import { readdirSync } from 'node:fs'
  import { createServer } from 'node:net'
  import { Netns, RtNetlink, Nftables, echo } from ${JSON.stringify(LIBRARY)}
  const netns = Netns.create()
  const net = await RtNetlink.open({ netns })
  const own = await RtNetlink.open()
  await net.links.set('lo', { up: true })
  const events = net.watch(['link', 'route'])
  await events.next()
  const pending = (async () => { for await (const _ of events); })().catch(() => {})
  const messages = net.raw.listen([1])
  const routes = own.routes.dump()
  await routes.next()
  await net.links.list()
  const server = await netns.listen(createServer(), { host: '127.0.0.1', port: 0 })
  const client = await netns.connect({ host: '127.0.0.1', port: server.address().port })
  const udp = await netns.udp({ host: '127.0.0.1' })
  const late = echo('127.0.0.2', { netns, timeout: 60_000 }).catch(() => {})
  globalThis.kept = [netns, net, own, events, messages, routes, server, client, udp, pending, late]
  parentPort.postMessage(readdirSync('/proc/self/fd').length)
`

/** Runs a worker until it has opened everything, ends it, and returns how many files it left open. */
async function leftBy(ending: string, end?: (worker: Worker) => unknown): Promise<number> {
  const url = new URL(`data:text/javascript,${encodeURIComponent(OPEN_EVERYTHING + ending)}`)
  const before = openFiles()
  const worker = new Worker(url)
  worker.on('error', () => {})
  // Counted by the worker, which may have ended when its message arrives.
  const [open] = await once(worker, 'message')
  if (open < before + 10) throw new Error(`the worker has opened ${open - before} files only`)
  const exit = new Promise((resolve) => worker.once('exit', resolve))
  await Promise.all([exit, end?.(worker)])
  return openFiles() - before
}

test.before('what the first worker of a process opens for good', async () => {
  await leftBy('process.exit(0)')
})

test.serial('a worker that is terminated leaves no file open', async (t) => {
  t.is(await leftBy('', (worker) => worker.terminate()), 0)
})

test.serial('a worker that exits leaves no file open', async (t) => {
  t.is(await leftBy('setTimeout(() => process.exit(3), 50)'), 0)
})

test.serial('a worker that fails leaves no file open', async (t) => {
  t.is(await leftBy("setTimeout(() => { throw new Error('enough') }, 50)"), 0)
})

test.serial('a worker that has nothing left to do leaves no file open', async (t) => {
  const ending = `setTimeout(() => { for (const one of [server, client, udp]) one.unref?.(); server.close(); client.destroy(); udp.close(); events.return(); net.close(); own.close() }, 50)`
  t.is(await leftBy(ending), 0)
})
