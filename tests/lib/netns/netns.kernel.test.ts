import { spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { ArgumentError, echo, Netns, RtNetlink } from '../../../lib/index.js'
import { namesOf } from '../../../lib/netns/processes.js'
import { kernelTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { netnsName } from '../../helpers/sandbox.js'

kernelTest('a namespace without a name is closed with its handle', (t) => {
  const before = openFiles()
  {
    using netns = Netns.create()
    t.is(netns.name, undefined)
    t.deepEqual(namesOf(netns.identity), [])
    t.true(netns.identity.ino > 0n)
    t.is(openFiles(), before + 1)
  }
  t.is(openFiles(), before)
})

kernelTest('run calls inside, and the thread is back when it returns or throws, also when nested', (t) => {
  using netns = Netns.create()
  using home = Netns.current()
  const here = () => readlinkSync('/proc/thread-self/ns/net')
  const outside = here()
  const within = netns.run(here)
  t.is(within, `net:[${netns.identity.ino}]`)
  t.is(here(), outside)
  t.throws(
    () =>
      netns.run(() => {
        throw new Error('inside')
      }),
    { message: 'inside' },
  )
  t.is(here(), outside)
  t.is(
    netns.run(() => home.run(() => netns.run(here))),
    within,
  )
  t.is(
    netns.run(() => home.run(here)),
    outside,
  )
  t.is(here(), outside)
})

kernelTest('run refuses async functions before it calls them, and functions that return a promise', (t) => {
  using netns = Netns.create()
  let called = false
  const act = async () => {
    called = true
  }
  // @ts-expect-error an async function
  t.throws(() => netns.run(act), { instanceOf: ArgumentError, message: /synchronous/ })
  t.false(called)
  // @ts-expect-error no function
  t.throws(() => netns.run(), { instanceOf: ArgumentError, message: /^act must be a function/ })
  // @ts-expect-error a function that returns a promise
  t.throws(() => netns.run(() => Promise.reject(new Error('lost'))), { instanceOf: ArgumentError })
  t.is(readlinkSync('/proc/thread-self/ns/net'), readlinkSync('/proc/self/ns/net'))
})

kernelTest('run reads and writes the namespace’s own files of /proc/sys/net', (t) => {
  using netns = Netns.create()
  const file = '/proc/sys/net/ipv4/ip_forward'
  const outside = readFileSync(file, 'utf8')
  netns.run(() => writeFileSync(file, outside.trim() === '1' ? '0' : '1'))
  t.is(readFileSync(file, 'utf8'), outside)
  t.not(
    netns.run(() => readFileSync(file, 'utf8')),
    outside,
  )
})

kernelTest('a closed handle is refused; close is idempotent', (t) => {
  const netns = Netns.create()
  netns.close()
  netns.close()
  t.throws(() => netns.run(() => 1), {
    instanceOf: ArgumentError,
    message: /the handle of the unnamed network namespace is closed/,
  })
  t.throws(() => netns.fd, { instanceOf: ArgumentError })
})

kernelTest('namespaces can be created without root, in a user, network and mount namespace', (t) => {
  const script = `
    import { Netns, RtNetlink, echo } from ${JSON.stringify(new URL('../../../lib/index.js', import.meta.url).href)}
    const netns = Netns.create('inner')
    const net = await RtNetlink.open({ netns })
    await net.links.set('lo', { up: true })
    console.log((await echo('127.0.0.1', { netns })).bytes)
    Netns.delete('inner')`
  const unshare = spawnSync('unshare', ['-Urnm', 'true'])
  if (unshare.status !== 0) {
    t.log('this machine does not allow user namespaces')
    t.pass()
    return
  }
  const run = spawnSync(
    'unshare',
    [
      '-Urnm',
      'sh',
      '-c',
      `mount -t tmpfs none /run && exec "$0" --input-type=module -e "$1"`,
      process.execPath,
      script,
    ],
    { encoding: 'utf8' },
  )
  t.is(run.stderr, '')
  t.is(run.stdout.trim(), '64')
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
