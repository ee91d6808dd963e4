import { once } from 'node:events'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { isolate } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { sandbox } from '../../helpers/sandbox.js'

/** A program that prints its links, and what happens when it connects or sends. */
const PROBE = `
  const os = require('os'), net = require('net'), dgram = require('dgram')
  const result = { links: Object.keys(os.networkInterfaces()) }
  const attempt = (host, port) => new Promise((resolve) => {
    const socket = net.connect(port, host)
    socket.on('connect', () => { socket.destroy(); resolve('connected') })
    socket.on('error', (error) => resolve(error.code))
  })
  ;(async () => {
    result.remote = await attempt('192.0.2.1', 80)
    result.loopback = await attempt('127.0.0.1', Number(process.argv[1]))
    result.udp = await new Promise((resolve) => {
      const socket = dgram.createSocket('udp4')
      socket.send('x', 9, '192.0.2.1', (error) => { socket.close(); resolve(error ? error.code : 'sent') })
    })
    console.log(JSON.stringify(result))
  })()`

async function probe(loopback: boolean): Promise<unknown> {
  // A server outside, at an address that must not lead to it from inside.
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = String((server.address() as { port: number }).port)
  try {
    const child = await isolate(process.execPath, ['-e', PROBE, port], { loopback })
    return JSON.parse(await text(child.stdout))
  } finally {
    server.close()
  }
}

kernelTest('an isolated program reaches nothing', async (t) => {
  t.deepEqual(await probe(false), {
    links: [],
    remote: 'ENETUNREACH',
    loopback: 'ENETUNREACH',
    udp: 'ENETUNREACH',
  })
})

kernelTest('with loopback, an isolated program reaches itself and nothing else', async (t) => {
  t.deepEqual(await probe(true), {
    links: ['lo'],
    remote: 'ENETUNREACH',
    loopback: 'ECONNREFUSED',
    udp: 'ENETUNREACH',
  })
})

kernelTest('a socket that is passed to an isolated program still works', async (t) => {
  // In a namespace of its own: a firewall of the machine may drop what goes over its loopback link.
  const { net, netns } = await sandbox(t)
  await net.links.set('lo', { up: true })
  const before = openFiles()
  const server = await netns.listen(
    createServer((socket) => socket.end('from the world')),
    { host: '127.0.0.1' },
  )
  const { port } = server.address() as { port: number }
  const socket = await netns.connect({ host: '127.0.0.1', port })
  socket.pause()
  const child = await isolate('sh', ['-c', 'cat <&3'], { sockets: [socket] })
  socket.destroy()
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  t.is(output, 'from the world')
  server.close()
  await once(server, 'close')
  t.true(openFiles() <= before)
  await t.throwsAsync(isolate('true', [], { sockets: 3 as never }), {
    message: 'sockets must be an array of sockets or fds, got 3',
  })
})
