import { once } from 'node:events'
import { mkdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Worker } from 'node:worker_threads'
import { Netns, RtNetlink } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { netnsName, sandbox } from '../../helpers/sandbox.js'

/** The URL of a module, given as source. */
const moduleUrl = (source: string) => new URL(`data:text/javascript,${encodeURIComponent(source)}`)
const inode = (netns: Netns) => `net:[${netns.identity.ino}]`

kernelTest('a worker runs inside from its first instruction; other threads stay outside', async (t) => {
  const { net, netns } = await sandbox(t)
  await net.links.set('lo', { up: true })
  const worker: Worker = netns.worker(
    moduleUrl(`
      import { readlinkSync } from 'node:fs'
      import { createServer } from 'node:http'
      import { parentPort, workerData } from 'node:worker_threads'
      const server = createServer((_, response) => response.end(workerData))
      server.listen(0, '127.0.0.1', () =>
        parentPort.postMessage({ at: readlinkSync('/proc/thread-self/ns/net'), port: server.address().port }))`),
    { workerData: 'from the worker' },
  )
  t.teardown(() => worker.terminate())
  const [{ at, port }] = await once(worker, 'message')
  t.is(at, inode(netns))
  t.is(readlinkSync('/proc/thread-self/ns/net'), inode(Netns.current()))
  const socket = await netns.connect({ host: '127.0.0.1', port })
  socket.write('GET / HTTP/1.0\r\n\r\n')
  t.regex(await text(socket), /\r\n\r\nfrom the worker$/)
})

/** A DNS response: one address for an A query, no records for others. RFC 1035 */
function answerTo(query: Buffer, address: readonly number[]): Buffer {
  const question = query.subarray(12, query.indexOf(0, 12) + 5)
  const isA = question.readUInt16BE(question.length - 4) === 1
  const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0])
  const record = isA ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address]) : Buffer.alloc(0)
  return Buffer.concat([header, question, record])
}

kernelTest(
  'a worker looks host names up inside, with the namespace’s own name servers and hosts file',
  async (t) => {
    const name = netnsName(t)
    const folder = `/etc/netns/${name}`
    mkdirSync(folder, { recursive: true })
    t.teardown(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.53\n')
    writeFileSync(join(folder, 'hosts'), '127.0.0.7 written.inside # a comment\n')
    using netns = Netns.create(name)
    await using net = await RtNetlink.open({ netns })
    await net.links.set('lo', { up: true })
    const server = await netns.udp({ host: '127.0.0.53', port: 53 })
    t.teardown(() => server.close())
    server.on('message', (query, { port, address }) =>
      server.send(answerTo(query, [127, 0, 0, 9]), port, address),
    )
    const web = await netns.listen(
      createTcpServer((socket) => socket.end('found')),
      { port: 80 },
    )
    t.teardown(() => web.close())
    const worker = netns.worker(
      moduleUrl(`
      import dns from 'node:dns'
      import { lookup } from 'node:dns'
      import { connect } from 'node:net'
      import { promisify } from 'node:util'
      import { parentPort } from 'node:worker_threads'
      const address = async (host, options) => (await dns.promises.lookup(host, options)).address
      const response = await new Promise((resolve, reject) =>
        connect({ host: 'only.inside', port: 80 }).on('error', reject).on('data', (data) => resolve(String(data))))
      parentPort.postMessage({
        response,
        resolved: await address('only.inside'),
        fromHosts: await address('written.inside', 4),
        local: await address('localhost', { family: 6 }),
        literal: (await promisify(lookup)('192.0.2.1')).address,
        all: await dns.promises.lookup('only.inside', { all: true }),
        none: await address('written.inside', 6).catch((error) => error.code),
      })`),
    )
    t.teardown(() => worker.terminate())
    const [found] = await Promise.race([once(worker, 'message'), once(worker, 'error')])
    t.deepEqual(found, {
      response: 'found',
      resolved: '127.0.0.9',
      fromHosts: '127.0.0.7',
      local: '::1',
      literal: '192.0.2.1',
      all: [{ address: '127.0.0.9', family: 4 }],
      none: 'ENOTFOUND',
    })
  },
)

kernelTest('a worker that throws emits its error and leaves no open file', async (t) => {
  const { netns } = await sandbox(t)
  const before = openFiles()
  const worker = netns.worker(moduleUrl(`throw new Error('inside')`))
  // `exit` may follow `error` within the same tick: listen to both from the start.
  const exited = new Promise((resolve) => worker.once('exit', resolve))
  const [error] = await once(worker, 'error')
  t.is(error.message, 'inside')
  await exited
  t.true(openFiles() <= before)
  t.is(readlinkSync('/proc/thread-self/ns/net'), inode(Netns.current()))
})
