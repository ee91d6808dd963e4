import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { connectUplink, disconnectUplink, Netns, Nftables, RtNetlink } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { netnsName, sandbox } from '../../helpers/sandbox.js'
import { fetchFrom, snapshot, world } from '../../helpers/uplink-world.js'

const library = JSON.stringify(new URL('../../../lib/index.js', import.meta.url).href)

kernelTest('an uplink masquerades as the router; disconnecting restores the router exactly', async (t) => {
  const { router } = await world(t)
  const { netns: inside } = await sandbox(t)
  const before = await snapshot(router)
  await t.throwsAsync(fetchFrom(inside), { code: 'ENETUNREACH' })
  const uplink = await connectUplink(inside, { via: router })
  t.is(await fetchFrom(inside), 'you are 198.51.100.1')
  const connected = await snapshot(router)
  const again = await connectUplink(inside, { via: router })
  t.is(again.address, uplink.address)
  t.deepEqual(await snapshot(router), connected, 'a second call changes nothing')
  await uplink.disconnect()
  t.deepEqual(await snapshot(router), before)
  await t.throwsAsync(fetchFrom(inside), { code: 'ENETUNREACH', message: /Network is unreachable/ })
  await again.disconnect()
  t.deepEqual(await snapshot(router), before)
})

kernelTest('an uplink keeps the forwarding, tables and bridges that existed before', async (t) => {
  const { router, net } = await world(t)
  const { netns: inside } = await sandbox(t)
  const nft = await Nftables.open({ netns: router })
  t.teardown(() => nft.close())
  await nft.addTable({ family: 'ip', name: 'mine' })
  await net.links.add({ kind: 'bridge', name: 'br7', up: true })
  await net.addresses.add({ link: 'br7', address: '10.7.0.1/24' })
  router.sysctl.set('net.ipv4.conf.up.forwarding', 1)
  const before = await snapshot(router)
  await using uplink = await connectUplink(inside, { via: router, bridge: 'br7' })
  t.is(uplink.gateway, '10.7.0.1')
  t.regex(uplink.address, /^10\.7\.0\.\d+\/24$/)
  t.is(await fetchFrom(inside), 'you are 198.51.100.1')
  await uplink.disconnect()
  t.deepEqual(await snapshot(router), before)
  router.sysctl.set('net.ipv4.ip_forward', 1)
  const forwarding = await snapshot(router)
  await using second = await connectUplink(inside, { via: router })
  await second.disconnect()
  t.deepEqual(await snapshot(router), forwarding)
})

kernelTest('an address that a host on a bridge of others has is not given again', async (t) => {
  const { router, net } = await world(t)
  const [{ netns: inside }, container] = [await sandbox(t), await sandbox(t)]
  await net.links.add({ kind: 'bridge', name: 'docker0', up: true })
  await net.addresses.add({ link: 'docker0', address: '172.17.0.1/16' })
  await net.addresses.add({ link: 'docker0', address: 'fd17::1/64', flags: ['nodad'] })
  await net.links.add({ kind: 'veth', name: 'v1', peer: { name: 'eth0', netns: container.netns } })
  await net.links.set('v1', { master: 'docker0', up: true })
  await container.net.links.set('eth0', { up: true })
  await container.net.addresses.add({ link: 'eth0', address: '172.17.0.2/16' })
  await container.net.addresses.add({ link: 'eth0', address: 'fd17::2/64', flags: ['nodad'] })
  // The kernel asks for neighbours from the link-local address, once that is found to be unique.
  const isReady = async () =>
    (await net.links.get('docker0')).operstate === 'up' &&
    (await net.addresses.list({ link: 'docker0', family: 'inet6' })).some(
      ({ address, flags }) => address.startsWith('fe80:') && !flags?.includes('tentative'),
    )
  while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 10))
  const before = await snapshot(router)
  for (let round = 0; round < 2; round++) {
    const uplink = await connectUplink(inside, { via: router, bridge: 'docker0' })
    t.is(uplink.address, '172.17.0.3/16')
    t.is(uplink.ipv6?.address, 'fd17::3/64')
    t.is(await fetchFrom(inside), 'you are 198.51.100.1')
    await uplink.disconnect()
  }
  t.deepEqual(await snapshot(router), before)
})

kernelTest('several namespaces share a bridge, which is deleted with the last uplink', async (t) => {
  const { router } = await world(t)
  const [{ netns: one }, { netns: two }] = [await sandbox(t), await sandbox(t)]
  const before = await snapshot(router)
  const first = await connectUplink(one, { via: router, bridge: 'lan', subnet: '10.9.0.0/24' })
  const second = await connectUplink(two, { via: router, bridge: 'lan', link: 'wan' })
  t.deepEqual([first.address, second.address], ['10.9.0.2/24', '10.9.0.3/24'])
  t.is(second.link, 'wan')
  t.is(await fetchFrom(one), 'you are 198.51.100.1')
  await first.disconnect()
  t.is(await fetchFrom(two), 'you are 198.51.100.1')
  await disconnectUplink(two, { via: router })
  t.deepEqual(await snapshot(router), before)
})

kernelTest('programs of a named namespace get name servers until it is disconnected', async (t) => {
  const { router } = await world(t)
  const name = netnsName(t)
  using inside = Netns.create(name)
  const file = `/etc/netns/${name}/resolv.conf`
  const uplink = await connectUplink(name, { via: router, nameservers: ['192.0.2.53'] })
  const { stdout } = await inside.exec('cat', ['/etc/resolv.conf'], { mounts: true })
  t.regex(stdout, /^nameserver 192\.0\.2\.53$/m)
  await uplink.disconnect()
  t.false(existsSync(file))
})

kernelTest(
  'a process that is killed while connecting leaves nothing that the next call does not repair',
  async (t) => {
    const { router } = await world(t)
    const name = netnsName(t)
    using inside = Netns.create(name)
    const before = await snapshot(router)
    const script = `
    import { connectUplink } from ${library}
    process.send('ready')
    for (;;) {
      const uplink = await connectUplink(${JSON.stringify(name)}, { via: { path: process.argv[1] }, bridge: 'lan' })
      await uplink.disconnect()
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
      const uplink = await connectUplink(name, { via: router, bridge: 'lan' })
      t.is(await fetchFrom(inside), 'you are 198.51.100.1')
      await uplink.disconnect()
      t.deepEqual(await snapshot(router), before, `killed after ${delay} ms`)
    }
  },
)

kernelTest('concurrent processes do not disturb each other', async (t) => {
  const { router } = await world(t)
  const before = await snapshot(router)
  const path = `/proc/${process.pid}/fd/${router.fd}`
  const script = `
    import { connectUplink, Netns } from ${library}
    const inside = Netns.create()
    for (let i = 0; i < 10; i++) {
      const uplink = await connectUplink(inside, { via: { path: process.argv[1] }, bridge: i % 2 ? 'lan' : undefined })
      await uplink.disconnect()
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

kernelTest('an old uplink does not disconnect a namespace that got the same inode', async (t) => {
  const { router } = await world(t)
  const gone = Netns.create()
  const old = await connectUplink(gone, { via: router })
  gone.close()
  const { routerLink } = old
  await using net = await RtNetlink.open({ netns: router })
  while ((await net.links.list()).some(({ name }) => name === routerLink)) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  // The kernel gives away the lowest free inode. Where other programs take it meanwhile, a link stands for the next uplink.
  await net.links.add({ kind: 'veth', name: routerLink, peer: { name: 'peer' } })
  await net.links.set(routerLink, { ifalias: 'rtnetlink uplink 10.213.0.2/30 id=0123456789abcdef' })
  await old.disconnect()
  t.like(await net.links.get(routerLink), { name: routerLink })
  t.true((await net.addresses.list({ link: routerLink, family: 'inet' })).length > 0, 'it was repaired, too')
})

kernelTest('an uplink that was disconnected and connected again is another one', async (t) => {
  const { router } = await world(t)
  const { netns: inside } = await sandbox(t)
  const first = await connectUplink(inside, { via: router })
  await disconnectUplink(inside, { via: router })
  const second = await connectUplink(inside, { via: router })
  await first.disconnect()
  t.is(await fetchFrom(inside), 'you are 198.51.100.1')
  await second.disconnect()
})

kernelTest('disconnecting cleans up after a namespace that no longer exists', async (t) => {
  const { router } = await world(t)
  const before = await snapshot(router)
  const gone = Netns.create()
  const uplink = await connectUplink(gone, { via: router })
  gone.close()
  // The kernel deletes the pair asynchronously.
  await using net = await RtNetlink.open({ netns: router })
  while ((await net.links.list()).some(({ name }) => name === uplink.routerLink)) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await uplink.disconnect()
  t.deepEqual(await snapshot(router), before)
})

kernelTest('connecting fails with the reason, and changes nothing', async (t) => {
  const { router } = await world(t)
  const { net, netns: inside } = await sandbox(t)
  const before = await snapshot(router)
  const files = openFiles()
  await t.throwsAsync(connectUplink(router, { via: router }), {
    message: 'netns must be a network namespace other than the router’s (via)',
  })
  await t.throwsAsync(connectUplink('rtnl-test-none'), { code: 'ENOENT', message: /no network namespace/ })
  await t.throwsAsync(connectUplink(inside, { via: router, subnet: '10.0.0.0/31' }), {
    message: /^subnet must be an IPv4 prefix of at most 30 bits/,
  })
  await t.throwsAsync(connectUplink(inside, { via: router, nameservers: ['dns'] }), {
    message: 'nameservers[0] must be an IPv4 or IPv6 address, got "dns"',
  })
  await t.throwsAsync(connectUplink(inside, { via: router, bridg: 'x' } as never), {
    message: /^options has no option "bridg"; did you mean "bridge"\?/,
  })
  await t.throwsAsync(connectUplink(inside, { via: router, bridge: 'up' }), {
    message: 'bridge must be the name of a bridge, but the link up is of kind veth',
  })
  await t.throwsAsync(connectUplink(inside, { via: router, bridge: 'uplink-0000abcd' }), {
    message: /^bridge must be other than the name of an uplink’s own link/,
  })
  const atRouter = await RtNetlink.open({ netns: router })
  await atRouter.links.add({ kind: 'bridge', name: 'bare' })
  await t.throwsAsync(connectUplink(inside, { via: router, bridge: 'bare' }), {
    message: 'bridge must be a bridge with an IPv4 address, which is the gateway, got "bare"',
  })
  await atRouter.links.delete('bare')
  atRouter.close()
  await net.links.add({ kind: 'veth', name: 'eth0', peer: { name: 'other' } })
  await t.throwsAsync(connectUplink(inside, { via: router }), { code: 'EEXIST' })
  await net.links.set('eth0', { up: true })
  await net.links.set('other', { up: true })
  await net.addresses.add({ link: 'eth0', address: '10.1.0.1/24' })
  await net.routes.add({ dst: 'default', gateway: '10.1.0.2' })
  await t.throwsAsync(connectUplink(inside, { via: router, link: 'wan' }), {
    code: 'EEXIST',
    message: /default via 10\.1\.0\.2: .*another default route/,
  })
  t.deepEqual(await snapshot(router), before)
  t.is(openFiles(), files)
})
