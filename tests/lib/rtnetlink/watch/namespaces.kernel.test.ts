/** A watch of all namespaces: they come, go, get their ids late, and hand links to each other. */
import { Netns } from '../../../../lib/index.js'
import { followed, ip } from '../../../helpers/follow.js'
import { toolTest } from '../../../helpers/needs.js'
import { netnsName, sandbox } from '../../../helpers/sandbox.js'

const test = toolTest('ip')
const ALL = ['link', 'address', 'route', 'rule', 'neighbour'] as const
const allNamespaces = { allNamespaces: true } as const

test('all objects of a namespace that has an id are listed and followed', async (t) => {
  const here = await sandbox(t)
  const there = await sandbox(t)
  await here.net.nsids.set(there.netns, 5)
  ip(there.netns, 'link set lo up')
  const { addsUp } = followed(t, here.net, ALL, allNamespaces)
  await addsUp([[there.net, 5]])
  ip(there.netns, 'link add d0 type ifb')
  ip(there.netns, 'link set d0 up')
  ip(there.netns, 'addr add 10.0.0.1/24 dev d0')
  ip(there.netns, 'route add 10.9.0.0/16 via 10.0.0.2')
  ip(there.netns, 'rule add iif d0 table 100')
  await addsUp([[there.net, 5]])
  ip(there.netns, 'link set d0 down')
  ip(there.netns, 'link del d0')
  await addsUp([[there.net, 5]])
})

test('the objects of a namespace that ends are removed', async (t) => {
  const here = await sandbox(t)
  const name = netnsName(t)
  const there = Netns.create(name)
  await here.net.nsids.set(there, 5)
  const { addsUp, fold, seen } = followed(t, here.net, ALL, allNamespaces)
  await addsUpWith(5)
  Netns.delete(name)
  there.close()
  await seen((event) => event.type === 'removed' && event.object === 'link' && event.nsid === 5)
  await addsUp()
  t.false(fold.all.some((line) => line.startsWith('5 ')))

  async function addsUpWith(nsid: number): Promise<void> {
    await seen((event) => event.type === 'synced')
    t.true(fold.all.some((line) => line.startsWith(`${nsid} rule`)))
  }
})

test('a namespace that gets its id later is listed then', async (t) => {
  const here = await sandbox(t)
  const there = await sandbox(t)
  ip(there.netns, 'link add d0 type ifb')
  const { addsUp } = followed(t, here.net, ALL, allNamespaces)
  await addsUp()
  ip(there.netns, 'link add d1 type ifb')
  await here.net.nsids.set(there.netns, 9)
  await addsUp([[there.net, 9]])
})

test('an id that is used again does not mix two namespaces', async (t) => {
  const here = await sandbox(t)
  const name = netnsName(t)
  const first = Netns.create(name)
  ip(first, 'link add first type ifb')
  await here.net.nsids.set(first, 5)
  const { addsUp, events, fold, seen, synced } = followed(t, here.net, ALL, allNamespaces)
  await synced()
  Netns.delete(name)
  first.close()
  await seen((event) => event.type === 'removed' && event.object === 'link' && event.value.name === 'first')
  const second = await sandbox(t)
  ip(second.netns, 'link add second type ifb')
  await here.net.nsids.set(second.netns, 5)
  await addsUp([[second.net, 5]])
  t.false(events.some((event) => event.type === 'changed' && event.nsid === 5 && event.object === 'link'))
  t.true(fold.all.some((line) => line.startsWith('5 link') && line.includes('"second"')))
})

test('an id of the connection’s own namespace makes no second one of it', async (t) => {
  const { netns, net } = await sandbox(t)
  const { addsUp } = followed(t, net, ALL, allNamespaces)
  await addsUp()
  await net.nsids.set(netns, 3)
  ip(netns, 'link add d0 type ifb')
  await addsUp()
  ip(netns, 'link set d0 up')
  await addsUp()
  const { addsUp: again } = followed(t, net, ALL, allNamespaces)
  await again()
})

test('a link that moves between namespaces is removed from one and added to the other', async (t) => {
  const here = await sandbox(t)
  const there = await sandbox(t)
  await here.net.nsids.set(there.netns, 5)
  ip(here.netns, 'link add left type veth peer name right')
  ip(here.netns, 'link set left up')
  ip(here.netns, 'addr add 10.0.0.1/24 dev left')
  const { addsUp, events } = followed(t, here.net, ALL, allNamespaces)
  await addsUp([[there.net, 5]])
  await here.net.links.set('left', { netns: there.netns })
  await addsUp([[there.net, 5]])
  t.true(
    events.some(
      (e) => e.type === 'removed' && e.object === 'link' && e.value.name === 'left' && !('nsid' in e),
    ),
  )
  t.true(
    events.some((e) => e.type === 'added' && e.object === 'link' && e.value.name === 'left' && e.nsid === 5),
  )
  await there.net.links.set('left', { netns: here.netns })
  await addsUp([[there.net, 5]])
})

test('a watch survives namespaces that end during its listings', async (t) => {
  const here = await sandbox(t)
  const names = Array.from({ length: 20 }, () => netnsName(t))
  for (const [i, name] of names.entries()) {
    using netns = Netns.create(name)
    await here.net.nsids.set(netns, i)
  }
  const { addsUp, fold } = followed(t, here.net, ALL, allNamespaces)
  for (const name of names) {
    await new Promise(setImmediate)
    Netns.delete(name)
  }
  await addsUp()
  t.deepEqual(
    fold.all.filter((line) => !line.startsWith('own ')),
    [],
  )
})
