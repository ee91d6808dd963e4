import { once } from 'node:events'
import { createServer, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { isolate } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'

/** What a program that looks for a network finds: its links, and whether anything answers. */
const LOOK = `
  const os = require('os'), net = require('net'), dgram = require('dgram')
  const found = { links: Object.keys(os.networkInterfaces()) }
  const attempt = (host, port) => new Promise((resolve) => {
    const socket = net.connect(port, host)
    socket.on('connect', () => { socket.destroy(); resolve('connected') })
    socket.on('error', (error) => resolve(error.code))
  })
  ;(async () => {
    found.outside = await attempt('192.0.2.1', 80)
    found.loopback = await attempt('127.0.0.1', Number(process.argv[1]))
    found.udp = await new Promise((resolve) => {
      const socket = dgram.createSocket('udp4')
      socket.send('x', 9, '192.0.2.1', (error) => { socket.close(); resolve(error ? error.code : 'sent') })
    })
    console.log(JSON.stringify(found))
  })()`

async function look(loopback: boolean): Promise<unknown> {
  // Somebody listens outside: inside there must be nobody.
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = String((server.address() as { port: number }).port)
  try {
    const child = await isolate(process.execPath, ['-e', LOOK, port], { loopback })
    return JSON.parse(await text(child.stdout))
  } finally {
    server.close()
  }
}

kernelTest('a program that is isolated reaches nothing', async (t) => {
  t.deepEqual(await look(false), {
    links: [],
    outside: 'ENETUNREACH',
    loopback: 'ENETUNREACH',
    udp: 'ENETUNREACH',
  })
})

kernelTest('with a loopback it reaches itself, and nothing else', async (t) => {
  t.deepEqual(await look(true), {
    links: ['lo'],
    outside: 'ENETUNREACH',
    loopback: 'ECONNREFUSED',
    udp: 'ENETUNREACH',
  })
})

kernelTest('a socket that is handed to it works all the same', async (t) => {
  const before = openFiles()
  const server = createServer((socket) => socket.end('from the world'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = new Socket()
  socket.pause()
  socket.connect((server.address() as { port: number }).port, '127.0.0.1')
  await once(socket, 'connect')
  const child = await isolate('sh', ['-c', 'cat <&3'], { sockets: [socket] })
  socket.destroy()
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  t.is(output, 'from the world')
  server.close()
  await once(server, 'close')
  t.true(openFiles() <= before)
  await t.throwsAsync(isolate('true', [], { sockets: 3 as never }), { message: /sockets: 3/ })
})
