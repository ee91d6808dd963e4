import { execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { isNetlinkError, LinkNotFoundError, type WatchEvent } from '../../../../lib/index.js'
import { kernelTest, tunTest } from '../../../helpers/needs.js'
import { joined, sandbox } from '../../../helpers/sandbox.js'

const LLADDR = '02:00:00:00:00:01'

kernelTest('neighbours are added, listed as they were given, changed, replaced and deleted', async (t) => {
  const { net } = (await joined(t)).here
  const { neighbours } = net
  const { index } = await net.links.get('left')
  await neighbours.add({ link: 'left', dst: '192.0.2.9', lladdr: LLADDR })
  await neighbours.add({
    link: 'left',
    dst: '2001:db8::9',
    lladdr: LLADDR,
    flags: ['router'],
    protocol: 'bgp',
  })
  const [four] = await neighbours.list({ family: 'inet', state: 'permanent' })
  t.like(four, { family: 'inet', link: index, dst: '192.0.2.9', lladdr: LLADDR, state: 'permanent' })
  const [six] = await neighbours.list({ family: 'inet6', state: 'permanent' })
  t.like(six, { family: 'inet6', dst: '2001:db8::9', flags: ['router'], protocol: 'bgp' })

  await t.throwsAsync(neighbours.add({ link: 'left', dst: '192.0.2.9', lladdr: LLADDR }), { code: 'EEXIST' })
  await neighbours.change({ link: 'left', dst: '192.0.2.9', lladdr: '02:00:00:00:00:02' })
  t.is((await neighbours.get({ link: 'left', dst: '192.0.2.9' })).lladdr, '02:00:00:00:00:02')
  await t.throwsAsync(neighbours.change({ link: 'left', dst: '192.0.2.8', lladdr: LLADDR }), {
    code: 'ENOENT',
  })
  await neighbours.replace({ link: index, dst: '192.0.2.8', lladdr: LLADDR, state: 'noarp' })
  t.is((await neighbours.get({ link: index, dst: '192.0.2.8' })).state, 'noarp')

  // The kernel has entries of its own: sending a multicast report adds one for the group, at any time.
  const ours = async () =>
    (await neighbours.list({ link: 'left' })).filter(({ lladdr }) => lladdr?.startsWith('02:'))
  for (const neighbour of await ours()) await neighbours.delete(neighbour)
  t.deepEqual(await ours(), [])
})

kernelTest('a flush spares permanent neighbours unless the filter names them', async (t) => {
  const { net } = (await joined(t)).here
  const { neighbours } = net
  const states = ['permanent', 'noarp', 'stale', 'reachable'] as const
  const specs = states.map((state, i) => ({ link: 'left', dst: `192.0.2.${20 + i}`, lladdr: LLADDR, state }))
  t.is(await neighbours.addAll(specs), 4)
  t.is(await neighbours.flush({ link: 'left', family: 'inet' }), 2)
  const kept = await neighbours.list({ link: 'left', family: 'inet' })
  t.deepEqual(kept.map(({ state }) => state).sort(), ['noarp', 'permanent'])
  t.is(await neighbours.flush({ link: 'left', state: 'permanent' }), 1)
  t.is(await neighbours.deleteAll(await neighbours.list({ link: 'left', family: 'inet' })), 1)
})

kernelTest('addresses that a link answers for are a table of their own', async (t) => {
  const { net } = (await joined(t)).here
  const { neighbours } = net
  const proxied = { link: 'left', dst: '198.51.100.7', flags: ['proxy'] } as const
  await neighbours.add(proxied)
  t.deepEqual(await neighbours.list({ family: 'inet' }), [])
  const list = await neighbours.list({ proxy: true })
  t.is(list.length, 1)
  t.like(list[0], { dst: '198.51.100.7', flags: ['proxy'] })
  t.like(await neighbours.get(proxied), { dst: '198.51.100.7', flags: ['proxy'] })
  t.is(await neighbours.flush({ proxy: true }), 1)
  await t.throwsAsync(neighbours.get(proxied), { code: 'ENOENT' })
})

kernelTest('neighbours are watched', async (t) => {
  const { net } = (await joined(t)).here
  const seen: string[] = []
  const tell = (event: WatchEvent<'neighbour'>) =>
    'object' in event ? `${event.type} ${event.value.dst} ${event.value.lladdr}` : event.type
  for await (const event of net.watch(['neighbour'])) {
    seen.push(tell(event))
    if (event.type === 'synced') {
      await net.neighbours.add({ link: 'left', dst: '192.0.2.9', lladdr: LLADDR })
      await net.neighbours.change({ link: 'left', dst: '192.0.2.9', lladdr: '02:00:00:00:00:02' })
      await net.neighbours.delete({ link: 'left', dst: '192.0.2.9' })
    }
    if (event.type === 'removed' && event.value.dst === '192.0.2.9') break
  }
  // Before the kernel removes an entry, it notifies that resolving it has failed.
  const [added, changed, ...rest] = seen.filter((text) => text.includes('192.0.2.9'))
  t.is(added, `added 192.0.2.9 ${LLADDR}`)
  t.is(changed, 'changed 192.0.2.9 02:00:00:00:00:02')
  t.regex(rest.at(-1) ?? '', /^removed 192\.0\.2\.9/)
})

kernelTest('a missing link or neighbour, and an unknown option, are reported', async (t) => {
  const { net } = await sandbox(t)
  const { neighbours } = net
  await t.throwsAsync(neighbours.add({ link: 'nope', dst: '192.0.2.1', lladdr: LLADDR }), {
    instanceOf: LinkNotFoundError,
  })
  const error = await t.throwsAsync(neighbours.add({ link: 4711, dst: '192.0.2.1', lladdr: LLADDR }), {
    instanceOf: LinkNotFoundError,
  })
  t.true(isNetlinkError(error?.cause, 'ENODEV'))
  await t.throwsAsync(neighbours.get({ link: 'lo', dst: '192.0.2.1' }), { code: 'ENOENT' })
  await t.throwsAsync(neighbours.list({ lnik: 'lo' } as object), { message: /did you mean "link"/ })
  await t.throwsAsync(neighbours.add({ link: 'lo', dst: 'nowhere' }), { message: /^dst must be .* address/ })
})

tunTest(
  'neighbours of a link without link-layer addresses are listed, and can be added as listed',
  async (t) => {
    const { net, netns } = await sandbox(t)
    netns.run(() => execFileSync('ip', ['tuntap', 'add', 't0', 'mode', 'tun']))
    await net.links.set('t0', { up: true })
    await net.addresses.add({ link: 't0', address: '192.0.2.1/24' })
    const socket = await netns.udp()
    t.teardown(() => socket.close())
    await promisify<Buffer, number, string>(socket.send.bind(socket))(Buffer.from('x'), 9, '192.0.2.2')
    const listed = await net.neighbours.list({ link: 't0' })
    t.true(listed.length > 0)
    for (const neighbour of listed) t.is(neighbour.lladdr, '')
    // On point-to-point links, the kernel has one entry for all IPv4 addresses: net/ipv4/arp.c, arp_constructor().
    const spec = { link: 't0', dst: '0.0.0.0' }
    await net.neighbours.replace({ ...spec, lladdr: '', state: 'permanent' })
    const [own] = await net.neighbours.list({ link: 't0' })
    t.like(own, { dst: '0.0.0.0', lladdr: '', state: 'permanent' })
    await net.neighbours.delete(own as NonNullable<typeof own>)
    await net.neighbours.replace(own as NonNullable<typeof own>)
  },
)
