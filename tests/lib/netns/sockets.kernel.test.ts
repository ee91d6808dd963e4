import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { ArgumentError, LinkNotFoundError } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { joined, sandbox } from '../../helpers/sandbox.js'

kernelTest('a server outside listens inside; sockets made inside are ordinary ones', async (t) => {
  const { here, there } = await joined(t)
  const server = await there.netns.listen(
    createServer((asked, response) => response.end(`hello ${asked.socket.remoteAddress}`)),
    { host: '192.0.2.2', port: 8080 },
  )
  t.teardown(() => server.close())
  t.is((server.address() as AddressInfo).port, 8080)
  const body = await new Promise<string>((resolve, reject) => {
    const createConnection = (_: object, done: (error: Error | null, socket?: never) => void) => {
      here.netns
        .connect({ host: '192.0.2.2', port: 8080 })
        .then((socket) => done(null, socket as never), done)
      return undefined as never
    }
    request({ createConnection: createConnection as never }, (response) => resolve(text(response)))
      .on('error', reject)
      .end()
  })
  t.is(body, 'hello 192.0.2.1')
})

kernelTest('listen, connect and udp reject with the reason, and leave no open file', async (t) => {
  const { net, netns } = await sandbox(t)
  const before = openFiles()
  await t.throwsAsync(netns.connect({ host: '192.0.2.9', port: 80 }), { code: 'ENETUNREACH' })
  await net.links.set('lo', { up: true })
  await t.throwsAsync(netns.connect({ host: '127.0.0.1', port: 9 }), {
    code: 'ECONNREFUSED',
    message: /127\.0\.0\.1:9/,
  })
  const server = await netns.listen(createTcpServer(), { port: 7000 })
  await t.throwsAsync(netns.listen(createTcpServer(), { port: 7000 }), { code: 'EADDRINUSE' })
  await t.throwsAsync(netns.listen(server, { port: 7001 }), { code: 'ERR_SERVER_ALREADY_LISTEN' })
  await t.throwsAsync(netns.listen(createTcpServer(), { host: '192.0.2.9' }), { code: 'EADDRNOTAVAIL' })
  await t.throwsAsync(netns.listen(createTcpServer(), { host: 'localhost' }), {
    message: /^host must be an IPv4 or IPv6 address, .*, got "localhost"$/,
  })
  await t.throwsAsync(netns.connect({ host: '127.0.0.1', port: 70_000 }), {
    message: /^port must be an integer from 0 to 65535, got 70000$/,
  })
  for (const host of ['fe80::1%', '127.0.0.1%lo']) {
    await t.throwsAsync(netns.connect({ host, port: 80 }), {
      instanceOf: ArgumentError,
      message: /^host must be an IPv4 or IPv6 address/,
    })
  }
  await t.throwsAsync(netns.udp({ host: '::1%none' }), {
    instanceOf: LinkNotFoundError,
    message: /^host: ENODEV: no link has the name "none"/,
  })
  const aborted = AbortSignal.abort(new Error('enough'))
  await t.throwsAsync(netns.connect({ host: '127.0.0.1', port: 7000, signal: aborted }), {
    message: 'enough',
  })
  server.close()
  await once(server, 'close')
  t.true(openFiles() <= before)
})

kernelTest('UDP sockets that were made inside exchange datagrams', async (t) => {
  const { here, there } = await joined(t)
  const receiver = await there.netns.udp({ port: 5000 })
  const sender = await here.netns.udp()
  t.teardown(() => receiver.close())
  t.teardown(() => sender.close())
  sender.send('hello', 5000, '192.0.2.2')
  const [message, from] = await once(receiver, 'message')
  t.is(String(message), 'hello')
  t.is(from.address, '192.0.2.1')
})
