import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, request } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Worker } from 'node:worker_threads'
import { ArgumentError, echo, LinkNotFoundError, Netns, RtNetlink } from '../../../lib/index.js'
import { kernelTest, stockEnv, toolTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { joined, netnsName, sandbox } from '../../helpers/sandbox.js'

/** The URL of a module, given as source. */
const moduleUrl = (source: string) => new URL(`data:text/javascript,${encodeURIComponent(source)}`)
const inode = (netns: Netns) => `net:[${netns.identity.ino}]`
const SHOW_NETNS = ['-e', `process.stdout.write(require('fs').readlinkSync('/proc/self/ns/net'))`]

kernelTest('exec returns the output of a program inside; its failure has code and output', async (t) => {
  const { netns } = await sandbox(t)
  t.is((await netns.exec(process.execPath, SHOW_NETNS)).stdout, inode(netns))
  const failed = netns.exec('sh', ['-c', 'echo no >&2; exit 3'])
  t.like(await t.throwsAsync(failed), { code: 3, stderr: 'no\n' } as object)
  await t.throwsAsync(netns.exec('rtnl-no-such-program'), { code: 'ENOENT' })
})

kernelTest(
  'with mounts, a program sees the links in /sys and the files of /etc/netns/NAME in /etc',
  async (t) => {
    const name = netnsName(t)
    const folder = `/etc/netns/${name}`
    mkdirSync(folder, { recursive: true })
    t.teardown(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'hosts'), '192.0.2.7 only.inside\n')
    using netns = Netns.create(name)
    const script = 'ls /sys/class/net; cat /etc/hosts; readlink /proc/self/ns/net; echo $VALUE $0'
    const options = { mounts: true, env: { ...process.env, VALUE: '7' }, cwd: '/' }
    const { stdout, stderr } = await netns.exec('sh', ['-c', script, 'zero'], options)
    t.is(stderr, '')
    t.deepEqual(stdout.trim().split('\n'), ['lo', '192.0.2.7 only.inside', inode(netns), '7 zero'])
    t.notRegex(readFileSync('/etc/hosts', 'utf8'), /only\.inside/)
  },
)

kernelTest('with mounts, user, files, signals, shell and exit status are those of the program', async (t) => {
  const { netns } = await sandbox(t)
  const child = netns.spawn('sh', ['-c', 'id -u; id -g; cat <&3; kill -PIPE $$; echo survived'], {
    mounts: true,
    uid: 65534,
    gid: 65534,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const third = child.stdio[3] as NodeJS.WritableStream
  third.end('by the fourth file\n')
  const [output, [code, signal]] = await Promise.all([text(child.stdout as never), once(child, 'close')])
  t.is(output, '65534\n65534\nby the fourth file\n')
  t.is(code, null)
  t.is(signal, 'SIGPIPE')
  const shell = await netns.exec('echo $((6 * 7))', [], { mounts: true, shell: true })
  t.is(shell.stdout, '42\n')
  t.like(await t.throwsAsync(netns.exec('rtnl-no-such-program', [], { mounts: true })), {
    code: 127,
    stderr: 'rtnetlink: rtnl-no-such-program: not found\n',
  } as object)
  t.throws(() => netns.spawn('true', [], { mounts: true, stdio: ['pipe', 'pipe', 'pipe', 'ipc'] }), {
    message: /^stdio must be without "ipc" when mounts is true/,
  })
})

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
  for (const host of ['fe80::1%a%b', 'fe80::1%', '127.0.0.1%lo']) {
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

kernelTest('sysctl reads and writes the namespace’s own settings, by the names of sysctl(8)', (t) => {
  using netns = Netns.create()
  const outside = readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim()
  t.is(netns.sysctl.get('net.ipv4.ip_forward'), '0')
  netns.sysctl.set('net.ipv4.ip_forward', true)
  t.is(netns.sysctl.get('net/ipv4/ip_forward'), '1')
  t.is(readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim(), outside)
  netns.sysctl.set('net.ipv4.conf.lo.forwarding', 0)
  t.is(netns.sysctl.get('net.ipv4.conf.lo.forwarding'), '0')
  for (const name of [
    'kernel.hostname',
    'net',
    'net..x.y',
    'net/../kernel/hostname',
    'net.ipv4.\0',
    7 as never,
  ]) {
    t.throws(() => netns.sysctl.get(name), { code: 'ERR_NETLINK_ARGUMENT' }, String(name))
  }
  t.throws(() => netns.sysctl.get('net.ipv4.no_such'), { code: 'ENOENT', message: /net\.ipv4\.no_such/ })
  t.throws(() => netns.sysctl.set('net.ipv4.ip_forward', 'perhaps'), { code: 'EINVAL' })
})

kernelTest('pids lists the processes inside; identify and attach go by process', async (t) => {
  const name = netnsName(t)
  const second = netnsName(t)
  using netns = Netns.create(name)
  const child = netns.spawn('sleep', ['60'])
  t.teardown(() => child.kill())
  await once(child, 'spawn')
  const pid = child.pid as number
  t.deepEqual(netns.pids(), [pid])
  t.deepEqual(Netns.identify(pid), [name])
  using attached = Netns.attach(second, { pid })
  t.true(attached.equals(netns))
  t.deepEqual(Netns.identify(pid).sort(), [name, second].sort())
  t.throws(() => Netns.attach(second, { pid }), { code: 'EEXIST' })
  child.kill()
  await once(child, 'close')
  t.deepEqual(netns.pids(), [])
  t.throws(() => Netns.attach(netnsName(t), { pid }), { code: 'ENOENT', message: /no process has the id/ })
  t.throws(() => Netns.attach(netnsName(t), { path: '/dev/null' }), { message: /of another type/ })
})

kernelTest('setId assigns an id in the namespace of the process', async (t) => {
  using netns = Netns.create()
  await using net = await RtNetlink.open()
  await netns.setId()
  const id = await net.nsids.get(netns)
  t.true(id !== undefined && id >= 0)
  await t.throwsAsync(netns.setId(id), { code: 'EEXIST' })
  await t.throwsAsync(async () => netns.setId(-2), { code: 'ERR_NETLINK_ARGUMENT' })
})

kernelTest('monitor emits the existing names, then added and removed ones', async (t) => {
  const [first, second] = [netnsName(t), netnsName(t)]
  Netns.create(first).close()
  const stop = new AbortController()
  const events: string[] = []
  const wanted = (name?: string) => name === first || name === second
  const waiting = new Map<string, () => void>()
  const until = (what: string) =>
    events.includes(what) ? Promise.resolve() : new Promise<void>((resolve) => waiting.set(what, resolve))
  const watching = (async () => {
    for await (const event of Netns.monitor({ signal: stop.signal })) {
      if (event.type !== 'synced' && !wanted(event.name)) continue
      const what = event.type === 'synced' ? 'synced' : `${event.type} ${event.name}`
      events.push(what)
      waiting.get(what)?.()
    }
  })()
  await until('synced')
  Netns.create(second).close()
  await until(`added ${second}`)
  Netns.delete(first)
  await until(`removed ${first}`)
  Netns.delete(second)
  await until(`removed ${second}`)
  stop.abort(new Error('enough'))
  await t.throwsAsync(watching, { message: 'enough' })
  t.deepEqual(events, [
    `added ${first}`,
    'synced',
    `added ${second}`,
    `removed ${first}`,
    `removed ${second}`,
  ])
})

kernelTest('a namespace whose name is deleted works on through its open handle', async (t) => {
  const name = netnsName(t)
  using netns = Netns.create(name)
  await using net = await RtNetlink.open({ netns })
  await net.links.set('lo', { up: true })
  Netns.delete(name)
  t.is((await echo('127.0.0.1', { netns })).address, '127.0.0.1')
  const server = await netns.listen(
    createTcpServer((socket) => socket.end('still here')),
    { port: 80 },
  )
  t.is(await text(await netns.connect({ host: '127.0.0.1', port: 80 })), 'still here')
  server.close()
  t.throws(() => Netns.open(name), { code: 'ENOENT' })
})

toolTest('ip')('ip(8) identifies a namespace that was attached here', async (t) => {
  const name = netnsName(t)
  using netns = Netns.create()
  Netns.attach(name, netns).close()
  const { stdout } = await netns.exec('sh', ['-c', 'ip netns identify $$'], { env: stockEnv })
  t.is(stdout.trim(), name)
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  symlinkSync('/proc/self/ns/net', join(folder, 'link'))
  using here = Netns.open({ path: join(folder, 'link') })
  t.true(here.equals(Netns.current()))
})
