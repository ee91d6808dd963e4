/**
 * Web servers inside a namespace, in two ways. Run it as root: `node dist/examples/http-inside.js`
 *
 * Shows: a server of this thread that listens inside; a worker thread inside, where every server and client is
 * inside; how to connect to both from outside.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { Netns, RtNetlink } from 'rtnetlink'

using netns = Netns.create()
await using net = await RtNetlink.open({ netns })
await net.links.set('lo', { up: true })

const server = await netns.listen(
  createServer((_, response) => response.end('this thread')),
  { port: 8080 },
)
const source = `
  import { createServer } from 'node:http'
  import { parentPort } from 'node:worker_threads'
  const server = createServer((_, response) => response.end('a worker inside'))
  server.listen(8081, '127.0.0.1', () => parentPort.postMessage('listening'))`
const worker = netns.worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`))
await once(worker, 'message')

for (const port of [8080, 8081]) {
  const socket = await netns.connect({ host: '127.0.0.1', port })
  socket.write('GET / HTTP/1.0\r\n\r\n')
  console.log(`inside, port ${port} is ${(await text(socket)).split('\r\n\r\n')[1]}`)
}
await worker.terminate()
server.close()
