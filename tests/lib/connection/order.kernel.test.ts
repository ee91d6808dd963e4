import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Connection } from '../../../lib/connection/index.js'
import { NetlinkSocket } from '../../../lib/ffi/netlink-socket.js'
import { Netns, RtNetlink } from '../../../lib/index.js'
import { linkMessage, messageFlag, rtm, rtmName } from '../../../protocol/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { sandbox } from '../../helpers/sandbox.js'

kernelTest('a list includes the effect of every earlier request of the same tick', async (t) => {
  const { net } = await sandbox(t)
  for (let round = 0; round < 5; round++) {
    await net.links.add({ kind: 'veth', name: 'a', peer: { name: 'b' } })
    const removed = net.links.delete('a')
    const added = net.addresses.add({ link: 'lo', address: `10.0.0.${round}/32` })
    const [addresses, links] = await Promise.all([net.addresses.list({ link: 'lo' }), net.links.list()])
    await Promise.all([removed, added])
    t.true(addresses.some(({ address }) => address === `10.0.0.${round}/32`))
    t.deepEqual(
      links.map(({ name }) => name),
      ['lo'],
    )
  }
})

kernelTest('a filter by name waits for its link', async (t) => {
  const { net } = await sandbox(t)
  const [, , listed] = await Promise.all([
    net.links.add({ kind: 'veth', name: 'a', peer: { name: 'b' } }),
    net.addresses.add({ link: 'a', address: '10.0.0.1/24' }),
    net.addresses.list({ link: 'a' }),
  ])
  t.deepEqual(
    listed.map(({ address }) => address),
    ['10.0.0.1/24'],
  )
})

kernelTest('an aborted request is not carried out when it has not been sent', async (t) => {
  const { net } = await sandbox(t)
  const stop = new AbortController()
  const [first, aborted, last] = [
    net.addresses.add({ link: 'lo', address: '10.0.0.1/32' }),
    net.addresses.add({ link: 'lo', address: '10.0.0.2/32' }, { signal: stop.signal }),
    net.addresses.add({ link: 'lo', address: '10.0.0.3/32' }),
  ]
  stop.abort(new Error('enough'))
  await t.throwsAsync(aborted, { message: 'enough' })
  await Promise.all([first, last])
  const addresses = await net.addresses.list({ link: 'lo', family: 'inet' })
  t.deepEqual(
    addresses.map(({ address }) => address),
    ['10.0.0.1/32', '10.0.0.3/32'],
  )
})

kernelTest('refusals of whole batches fit receive buffers of any size', async (t) => {
  using netns = Netns.create()
  for (const receiveBuffer of [16 * 1024, 106_496, 8 << 20]) {
    await using net = await RtNetlink.open({ netns, receiveBuffer })
    await net.links.set('lo', { up: true })
    const routes = Array.from({ length: 3000 }, (_, i) => ({ dst: `10.1.${i >> 8}.${i & 255}`, oif: 1 }))
    await net.routes.addAll(routes, { onFailure: () => {} })
    const results = await Promise.allSettled(routes.map((route) => net.routes.add(route)))
    const codes = new Set(results.map((one) => (one.status === 'rejected' ? one.reason.code : 'done')))
    t.deepEqual([...codes], ['EEXIST'])
  }
})

kernelTest('refusals with extended acknowledgements fit the receive buffer as well', async (t) => {
  using netns = Netns.create()
  const socket = netns.run(() => new NetlinkSocket(0, { receiveBuffer: 32 * 1024 }))
  const connection = new Connection({ open: () => socket, timeout: 1000 })
  t.teardown(() => connection.close())
  // The kernel answers with a message, an offset and the policy that the attribute violates.
  const request = {
    type: rtm.newlink,
    name: rtmName(rtm.newlink),
    flags: messageFlag.create | messageFlag.exclusive,
    codec: linkMessage,
    value: { ifname: 'x'.repeat(15), numTxQueues: 100_000, linkinfo: { kind: 'veth' } },
  }
  const results = await Promise.allSettled(Array.from({ length: 500 }, () => connection.request(request)))
  const codes = new Set(results.map((one) => (one.status === 'rejected' ? one.reason.code : 'done')))
  t.false(codes.has('ENOBUFS'), [...codes].join())
  t.false(codes.has('done'))
})

kernelTest('what is asked after a bulk or a flush sees all of it', async (t) => {
  const { net } = await sandbox(t)
  const names = Array.from({ length: 100 }, (_, i) => `x${i}`)
  const [added, , all] = await Promise.all([
    net.links.addAll(names.map((name) => ({ kind: 'ifb', name }))),
    net.links.set('x99', { mtu: 1400 }),
    net.links.list({ kind: 'ifb' }),
  ])
  t.is(added, 100)
  t.is(all.length, 100)
  t.is(all.find(({ name }) => name === 'x99')?.mtu, 1400)
  const [deleted, left] = await Promise.all([net.links.deleteAll(names), net.links.list()])
  t.is(deleted, 100)
  t.deepEqual(
    left.map(({ name }) => name),
    ['lo'],
  )
})

kernelTest('a delete follows the bulk that adds', async (t) => {
  const { net } = await sandbox(t)
  await net.links.set('lo', { up: true })
  const dst = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`
  const routes = Array.from({ length: 30_000 }, (_, i) => ({ dst: dst(i), oif: 'lo' }))
  const last = { dst: dst(29_999), oif: 'lo' }
  const [added] = await Promise.all([
    net.routes.addAll(routes),
    net.routes.delete(last),
    net.routes.add(last),
  ])
  t.is(added, 30_000)
})

kernelTest('a flush deletes what was added before it was asked, and nothing else', async (t) => {
  const { net } = await sandbox(t)
  const addresses = (net2: number) =>
    Array.from({ length: 200 }, (_, i) => ({ link: 'lo', address: `10.${net2}.0.${i}/32` }))
  const [, flushed] = await Promise.all([
    net.addresses.addAll(addresses(1)),
    net.addresses.flush({ family: 'inet' }),
    net.addresses.addAll(addresses(2)),
    net.addresses.add({ link: 'lo', address: '10.3.0.0/32' }),
  ])
  t.is(flushed, 200)
  t.is((await net.addresses.list({ family: 'inet' })).length, 201)
})

kernelTest('a bulk of an asynchronous iterable may wait for requests of its own', async (t) => {
  const { net } = await sandbox(t)
  async function* items() {
    for (let i = 0; i < 5; i++) {
      await net.links.add({ kind: 'ifb', name: `x${i}` })
      yield { link: `x${i}`, address: `10.0.0.${i}/32` }
    }
  }
  t.is(await net.addresses.addAll(items()), 5)
})

kernelTest('a rename is in order: add, rename, address, list, and a bulk behind it', async (t) => {
  const { net } = await sandbox(t)
  const [, , , , listed, added, link] = await Promise.all([
    net.links.add({ kind: 'ifb', name: 'o0' }),
    net.addresses.list({ link: 'o0' }),
    net.links.set('o0', { name: 'n0', up: true }),
    net.addresses.add({ link: 'n0', address: '10.0.0.1/24' }),
    net.addresses.list({ link: 'n0' }),
    net.routes.addAll([{ dst: '10.1.0.0/16', oif: 'n0' }]),
    net.links.get('n0'),
  ])
  t.is(listed[0]?.address, '10.0.0.1/24')
  t.is(added, 1)
  t.is(link.name, 'n0')
})

kernelTest('a request keeps what was asked, although the caller changes its object', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({ kind: 'ifb', name: 'a0' })
  const spec = { link: 'a1', address: '10.0.0.1/24' }
  const rename = net.links.set('a0', { name: 'a1' })
  const first = net.addresses.add(spec)
  spec.address = '10.0.0.2/24'
  const filter = { link: 'a1' }
  const listed = net.addresses.list(filter)
  filter.link = 'lo'
  spec.link = 'lo'
  await Promise.all([rename, first])
  t.deepEqual(
    (await listed).map(({ address }) => address),
    ['10.0.0.1/24'],
  )
})

kernelTest('a namespace that is closed, or an abort, does not send a link elsewhere', async (t) => {
  const { net } = await sandbox(t)
  const there = Netns.create()
  const handed = Netns.open(there)
  t.teardown(() => there.close())
  const stop = new AbortController()
  const moved = net.links.add({ kind: 'ifb', name: 'moved', netns: handed })
  const aborted = net.links.add({ kind: 'ifb', name: 'never', netns: there }, { signal: stop.signal })
  handed.close()
  stop.abort(new Error('enough'))
  const others = Array.from({ length: 10 }, () => Netns.current())
  t.teardown(() => {
    for (const one of others) one.close()
  })
  await moved
  await t.throwsAsync(aborted, { message: 'enough' })
  await using inside = await RtNetlink.open({ netns: there })
  t.deepEqual((await inside.links.list()).map(({ name }) => name).sort(), ['lo', 'moved'])
  await using own = await RtNetlink.open()
  t.false((await own.links.list()).some(({ name }) => name === 'moved' || name === 'never'))
})

kernelTest('a list is answered while other loops keep asking', async (t) => {
  const { net } = await sandbox(t)
  let on = true
  const loops = Array.from({ length: 16 }, async () => {
    while (on) await net.links.get('lo')
  })
  for (let i = 0; i < 20; i++) t.is((await net.links.list()).length, 1)
  const events = net.watch(['link'])
  t.like(await events.next(), { value: { type: 'added' } })
  t.like(await events.next(), { value: { type: 'synced' } })
  await events.return()
  on = false
  await Promise.all(loops)
})

kernelTest('callbacks of a bulk may ask for more; what they throw ends the bulk', async (t) => {
  const { net } = await sandbox(t)
  const made: Promise<unknown>[] = []
  const specs = Array.from({ length: 50 }, (_, i) => ({
    link: i % 2 ? 'lo' : 'none',
    address: `10.0.0.${i}/32`,
  }))
  const done = await net.addresses.addAll(specs, {
    onFailure: ({ index }) => made.push(net.links.add({ kind: 'ifb', name: `f${index}` })),
    onProgress: () => made.push(net.links.get('lo')),
  })
  await Promise.all(made)
  t.is(done, 25)
  t.is((await net.links.list({ kind: 'ifb' })).length, 25)
  const failing = net.addresses.addAll(specs, {
    onFailure() {
      throw new Error('enough')
    },
  })
  await t.throwsAsync(failing, { message: 'enough' })
  t.is((await net.links.get('lo')).name, 'lo')
})

kernelTest('questions whose answers do not fit the buffer are asked again', async (t) => {
  const { netns, net } = await sandbox(t)
  await net.links.add({ kind: 'ifb', name: 'many' })
  const altnames = Array.from({ length: 350 }, (_, i) => `${'n'.repeat(120)}${i}`)
  const commands = altnames.map((name) => `link property add dev many altname ${name}`)
  const file = join(mkdtempSync(join(tmpdir(), 'altnames-')), 'batch')
  t.teardown(() => rmSync(dirname(file), { recursive: true }))
  writeFileSync(file, commands.join('\n'))
  await netns.exec('ip', ['-batch', file])
  const links = await Promise.all(Array.from({ length: 1000 }, () => net.links.get('many')))
  t.true(links.every((link) => link.propList?.altIfname?.length === 350))
})

kernelTest('a question that the kernel only acknowledges fails, and holds up nothing', async (t) => {
  const { net } = await sandbox(t)
  const codec = linkMessage
  const noop = net.raw.query({ type: 1, codec, value: {} }, codec)
  const change = net.raw.query(
    { type: rtm.newlink, codec, value: { index: 1, flags: ['up'], change: ['up'] } },
    codec,
  )
  const started = performance.now()
  t.is((await net.links.list()).length, 1)
  await t.throwsAsync(noop, { code: 'ENOMSG' })
  await t.throwsAsync(change, { code: 'ENOMSG' })
  t.true((await net.links.get('lo')).up)
  t.true(performance.now() - started < 5000)
})
