/**
 * Untrusted programs without a network. Run it as root: `node dist/examples/isolation.js`
 *
 * Shows: a program that reaches nothing, not even this machine; the same with a loopback link; a connection that was
 * made outside and passed in, and still works.
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { isolate } from 'rtnetlink'

const PROBE = `
  const links = Object.keys(require('os').networkInterfaces()).join(', ') || 'no link'
  require('net').connect(80, '192.0.2.1')
    .on('error', ({ code }) => console.log(links + '; connecting to 192.0.2.1: ' + code))`

for (const loopback of [false, true]) {
  const child = await isolate(process.execPath, ['-e', PROBE], { loopback })
  console.log(`${loopback ? 'with' : 'without'} loopback it has ${(await text(child.stdout)).trim()}`)
}

const server = createServer((socket) => socket.end('hello from outside\n')).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as { port: number }
const socket = connect({ port, host: '127.0.0.1' }).pause()
await once(socket, 'connect')
const child = await isolate('sh', ['-c', 'cat <&3'], { sockets: [socket] })
socket.destroy()
console.log(`through the socket that was passed in: ${(await text(child.stdout)).trim()}`)
server.close()
