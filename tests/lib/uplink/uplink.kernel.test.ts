import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { connectOut, disconnectOut, formatRuleset, Netns, Nftables, RtNetlink } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { netnsName, sandbox } from '../../helpers/sandbox.js'

type Test = Parameters<typeof sandbox>[0]
const library = JSON.stringify(new URL('../../../lib/index.js', import.meta.url).href)

/** A router between an "internet" with a web server at 198.51.100.2 and whoever will be behind it. */
async function world(t: Test) {
  const [router, internet] = [await sandbox(t), await sandbox(t)]
  await router.net.links.add({ kind: 'veth', name: 'up', peer: { name: 'eth0', netns: internet.netns } })
  await Promise.all([
    router.net.addresses.add({ link: 'up', address: '198.51.100.1/24' }),
    router.net.links.set('up', { up: true }),
    internet.net.addresses.add({ link: 'eth0', address: '198.51.100.2/24' }),
    internet.net.links.set('eth0', { up: true }),
  ])
  const server = await internet.netns.listen(
    createServer((asked, response) => response.end(`you are ${asked.socket.remoteAddress}`)),
    { host: '198.51.100.2', port: 80 },
  )
  t.teardown(() => server.close())
  return { router: router.netns, net: router.net }
}

/** What the web server says to who asks from inside. */
async function ask(inside: Netns): Promise<string> {
  const socket = await inside.connect({ host: '198.51.100.2', port: 80, signal: AbortSignal.timeout(5000) })
  socket.write('GET / HTTP/1.0\r\n\r\n')
  return (await text(socket)).split('\r\n\r\n')[1] ?? ''
}

/** All that connecting out may touch at the router. */
async function snapshot(router: Netns): Promise<unknown> {
  await using net = await RtNetlink.open({ netns: router })
  await using nft = await Nftables.open({ netns: router })
  return {
    links: (await net.links.list()).map(({ name, up, ifalias }) => ({ name, up, ifalias })),
    addresses: (await net.addresses.list({ family: 'inet' })).map(({ address }) => address),
    routes: (await net.routes.list({ family: 'inet' })).map(({ dst, oif }) => ({ dst, oif })),
    rules: formatRuleset(await nft.ruleset()),
    forwarding: router.run(() => readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8')),
    forwardingUp: router.sysctl.get('net.ipv4.conf.up.forwarding'),
  }
}

kernelTest(
  'inside, router, internet: the server sees the router; undone, there is no way again',
  async (t) => {
    const { router } = await world(t)
    const { netns: inside } = await sandbox(t)
    const before = await snapshot(router)
    await t.throwsAsync(ask(inside), { code: 'ENETUNREACH' })
    const way = await connectOut(inside, { via: router })
    t.is(await ask(inside), 'you are 198.51.100.1')
    const connected = await snapshot(router)
    const again = await connectOut(inside, { via: router })
    t.is(again.address, way.address)
    t.deepEqual(await snapshot(router), connected, 'again changes nothing')
    await way.disconnect()
    t.deepEqual(await snapshot(router), before)
    await t.throwsAsync(ask(inside), { code: 'ENETUNREACH', message: /Network is unreachable/ })
    await again.disconnect()
    t.deepEqual(await snapshot(router), before)
  },
)

kernelTest('what was there before stays: forwarding, rules, bridges, files', async (t) => {
  const { router, net } = await world(t)
  const { netns: inside } = await sandbox(t)
  const nft = await Nftables.open({ netns: router })
  t.teardown(() => nft.close())
  await nft.addTable({ family: 'ip', name: 'mine' })
  await net.links.add({ kind: 'bridge', name: 'br7', up: true })
  await net.addresses.add({ link: 'br7', address: '10.7.0.1/24' })
  router.sysctl.set('net.ipv4.conf.up.forwarding', 1)
  const before = await snapshot(router)
  await using way = await connectOut(inside, { via: router, bridge: 'br7' })
  t.is(way.gateway, '10.7.0.1')
  t.regex(way.address, /^10\.7\.0\.\d+\/24$/)
  t.is(await ask(inside), 'you are 198.51.100.1')
  await way.disconnect()
  t.deepEqual(await snapshot(router), before)
  router.sysctl.set('net.ipv4.ip_forward', 1)
  const forwarding = await snapshot(router)
  await using second = await connectOut(inside, { via: router })
  await second.disconnect()
  t.deepEqual(await snapshot(router), forwarding)
})

kernelTest('a bridge is made for several, and goes with the last', async (t) => {
  const { router } = await world(t)
  const [{ netns: one }, { netns: two }] = [await sandbox(t), await sandbox(t)]
  const before = await snapshot(router)
  const first = await connectOut(one, { via: router, bridge: 'lan', subnet: '10.9.0.0/24' })
  const second = await connectOut(two, { via: router, bridge: 'lan', link: 'wan' })
  t.deepEqual([first.address, second.address], ['10.9.0.2/24', '10.9.0.3/24'])
  t.is(second.link, 'wan')
  t.is(await ask(one), 'you are 198.51.100.1')
  await first.disconnect()
  t.is(await ask(two), 'you are 198.51.100.1')
  await disconnectOut(two, { via: router })
  t.deepEqual(await snapshot(router), before)
})

kernelTest('programs of a named namespace get name servers; what somebody else wrote stays', async (t) => {
  const { router } = await world(t)
  const name = netnsName(t)
  using inside = Netns.create(name)
  const file = `/etc/netns/${name}/resolv.conf`
  const way = await connectOut(name, { via: router, nameservers: ['192.0.2.53'] })
  const { stdout } = await inside.exec('cat', ['/etc/resolv.conf'], { mounts: true })
  t.regex(stdout, /^nameserver 192\.0\.2\.53$/m)
  await way.disconnect()
  t.false(existsSync(file))
})

kernelTest('who is killed half-way leaves nothing that the next does not mend', async (t) => {
  const { router } = await world(t)
  const name = netnsName(t)
  using inside = Netns.create(name)
  const before = await snapshot(router)
  const script = `
    import { connectOut } from ${library}
    process.send('ready')
    for (;;) {
      const way = await connectOut(${JSON.stringify(name)}, { via: { path: process.argv[1] }, bridge: 'lan' })
      await way.disconnect()
    }`
  const path = `/proc/${process.pid}/fd/${router.fd}`
  for (const delay of [0, 1, 2, 3, 5, 7, 9, 12, 15, 20]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    await once(child, 'message')
    await new Promise((resolve) => setTimeout(resolve, delay))
    child.kill('SIGKILL')
    await once(child, 'close')
    const way = await connectOut(name, { via: router, bridge: 'lan' })
    t.is(await ask(inside), 'you are 198.51.100.1')
    await way.disconnect()
    t.deepEqual(await snapshot(router), before, `killed after ${delay} ms`)
  }
})

kernelTest('two processes at once do not disturb each other', async (t) => {
  const { router } = await world(t)
  const before = await snapshot(router)
  const path = `/proc/${process.pid}/fd/${router.fd}`
  const script = `
    import { connectOut, Netns } from ${library}
    const inside = Netns.create()
    for (let i = 0; i < 10; i++) {
      const way = await connectOut(inside, { via: { path: process.argv[1] }, bridge: i % 2 ? 'lan' : undefined })
      await way.disconnect()
    }`
  const children = [1, 2, 3].map(() =>
    spawn(process.execPath, ['--input-type=module', '-e', script, path], {
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  )
  const ended = await Promise.all(
    children.map(async (child) => {
      const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
      return { errors, code }
    }),
  )
  for (const { errors, code } of ended) t.deepEqual({ errors, code }, { errors: '', code: 0 })
  t.deepEqual(await snapshot(router), before)
})

kernelTest('a namespace that went without a word is cleaned up after', async (t) => {
  const { router } = await world(t)
  const before = await snapshot(router)
  const gone = Netns.create()
  const way = await connectOut(gone, { via: router })
  gone.close()
  // The kernel takes the pair away when it gets to it.
  await using net = await RtNetlink.open({ netns: router })
  while ((await net.links.list()).some(({ name }) => name === way.routerLink)) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await way.disconnect()
  t.deepEqual(await snapshot(router), before)
})

kernelTest('what cannot be led out is said, and nothing is left', async (t) => {
  const { router } = await world(t)
  const { net, netns: inside } = await sandbox(t)
  const before = await snapshot(router)
  const files = openFiles()
  await t.throwsAsync(connectOut(router, { via: router }), { message: /other than the router/ })
  await t.throwsAsync(connectOut('rtnl-test-none'), { code: 'ENOENT', message: /no network namespace/ })
  await t.throwsAsync(connectOut(inside, { via: router, subnet: '10.0.0.0/31' }), { message: /subnet/ })
  await t.throwsAsync(connectOut(inside, { via: router, nameservers: ['dns'] }), {
    message: /nameservers: "dns"/,
  })
  await t.throwsAsync(connectOut(inside, { via: router, bridg: 'x' } as never), { message: /"bridg"/ })
  await t.throwsAsync(connectOut(inside, { via: router, bridge: 'up' }), { message: /bridge: "up"/ })
  const atRouter = await RtNetlink.open({ netns: router })
  await atRouter.links.add({ kind: 'bridge', name: 'bare' })
  await t.throwsAsync(connectOut(inside, { via: router, bridge: 'bare' }), {
    message: /bridge: "bare" is not a bridge with an IPv4 address/,
  })
  await atRouter.links.delete('bare')
  atRouter.close()
  await net.links.add({ kind: 'veth', name: 'eth0', peer: { name: 'other' } })
  await t.throwsAsync(connectOut(inside, { via: router }), { code: 'EEXIST' })
  await net.links.set('eth0', { up: true })
  await net.links.set('other', { up: true })
  await net.addresses.add({ link: 'eth0', address: '10.1.0.1/24' })
  await net.routes.add({ dst: 'default', gateway: '10.1.0.2' })
  await t.throwsAsync(connectOut(inside, { via: router, link: 'wan' }), {
    code: 'EEXIST',
    message: /default via 10\.1\.0\.2: .*default route of its own/,
  })
  t.deepEqual(await snapshot(router), before)
  t.is(openFiles(), files)
})
