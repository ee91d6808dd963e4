import type { SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { TLSSocket } from 'node:tls'
import { ArgumentError, isolate, Netns } from '../../../lib/index.js'
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

kernelTest(
  'a listening server is passed to an isolated program, which accepts its connections',
  async (t) => {
    const { net, netns } = await sandbox(t)
    await net.links.set('lo', { up: true })
    const accept = `
    const server = require('net').createServer((socket) => { socket.end('from inside'); server.close() })
    server.listen({ fd: 3 })`
    for (const mounts of [false, true]) {
      for (const given of ['server', 'fd'] as const) {
        const server = await netns.listen(createServer(), { host: '127.0.0.1' })
        const { port } = server.address() as { port: number }
        const { fd } = (server as unknown as { _handle: { fd: number } })._handle
        const child = await isolate(process.execPath, ['-e', accept], {
          mounts,
          sockets: [given === 'fd' ? fd : server],
        })
        // Otherwise this process might accept the connection.
        server.close()
        t.is(await text(await netns.connect({ host: '127.0.0.1', port })), 'from inside')
        t.deepEqual(await once(child, 'close'), [0, null])
      }
    }
  },
)

kernelTest('sockets and files that are not open are refused before the program is started', async (t) => {
  const destroyed = new Socket().destroy()
  const closed = createServer()
  const SOCKET = 'a connected net.Socket, a listening net.Server, or an open fd'
  const ENTRY = "'pipe', 'overlapped', 'ignore', 'inherit', 'ipc', null, an open fd, or a stream with one"
  const cases: [object, string][] = [
    [{ sockets: [closed] }, `sockets[0] must be ${SOCKET}, got a net.Server that does not listen`],
    [{ sockets: [0, destroyed] }, `sockets[1] must be ${SOCKET}, got a net.Socket that is destroyed`],
    [{ sockets: [new Socket()] }, `sockets[0] must be ${SOCKET}, got a net.Socket that is not connected`],
    [{ sockets: [new TLSSocket(new Socket())] }, `sockets[0] must be ${SOCKET}, got a tls.TLSSocket`],
    [{ sockets: [99_999] }, `sockets[0] must be ${SOCKET}, got 99999, which is not open`],
    [{ sockets: [-1] }, `sockets[0] must be ${SOCKET}, got -1, which is not open`],
    [{ sockets: [null] }, `sockets[0] must be ${SOCKET}, got null`],
    [{ sockets: ['pipe'] }, `sockets[0] must be ${SOCKET}, got "pipe"`],
    [{ sockets: [{}] }, `sockets[0] must be ${SOCKET}, got {}`],
    [{ sockets: [new PassThrough()] }, `sockets[0] must be ${SOCKET}, got `],
    [{ stdio: 'nope' }, `stdio must be 'pipe', 'overlapped', 'ignore', 'inherit', or a list, got "nope"`],
    [{ stdio: 7 }, `stdio must be 'pipe', 'overlapped', 'ignore', 'inherit', or a list, got 7`],
    [{ stdio: ['pipe', 'nope'] }, `stdio[1] must be ${ENTRY}, got "nope"`],
    [{ stdio: ['pipe', 99_999] }, `stdio[1] must be ${ENTRY}, got 99999, which is not open`],
    [{ stdio: ['pipe', 'pipe', closed] }, `stdio[2] must be ${ENTRY}, got a net.Server that does not listen`],
  ]
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-test-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const script = ['-c', `: >${folder}/started`]
  using netns = Netns.create()
  for (const [options, message] of cases) {
    for (const more of [{}, { loopback: true }, { mounts: true }]) {
      const error = await t.throwsAsync(isolate('sh', script, { ...options, ...more }), {
        instanceOf: ArgumentError,
      })
      t.true(error?.message.startsWith(message), error?.message)
    }
    if ('stdio' in options)
      t.throws(() => netns.spawn('sh', script, options as SpawnOptions), { instanceOf: ArgumentError })
  }
  t.deepEqual(readdirSync(folder), [])
})

kernelTest('a socket that is destroyed while the loopback link is set up is refused', async (t) => {
  const server = createServer()
  const path = join(mkdtempSync(join(tmpdir(), 'rtnl-test-')), 'socket')
  t.teardown(() => rmSync(dirname(path), { recursive: true }))
  await once(server.listen(path), 'listening')
  const started = isolate('true', [], { loopback: true, sockets: [server] })
  server.close()
  await t.throwsAsync(started, {
    message: /^sockets\[0\] must be .*, got a net\.Server that does not listen$/,
  })
})
