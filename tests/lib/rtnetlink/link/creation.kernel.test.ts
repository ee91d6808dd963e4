import { ArgumentError, type LinkSpec } from '../../../../lib/index.js'
import { kernelTest, kindTest } from '../../../helpers/needs.js'
import { sandbox } from '../../../helpers/sandbox.js'

const vxlanTest = await kindTest({ kind: 'vxlan', data: { id: 5, port: 4789 } })
const macvlanTest = await kindTest({ kind: 'macvlan', link: 'under' })

kernelTest(
  'an alias is set when a link is added, also of a link whose name the kernel chooses',
  async (t) => {
    const { net } = await sandbox(t)
    await net.links.add({ kind: 'ifb', name: 'named', ifalias: 'first', up: true })
    t.like(await net.links.get('named'), { ifalias: 'first', up: true })
    await net.links.add({ kind: 'ifb', ifalias: 'second' })
    await net.links.add({ kind: 'ifb', name: 'j%d', ifalias: 'fourth' })
    await net.links.add({ kind: 'ifb', name: 'i%d', index: 77, ifalias: 'third' })
    t.like(await net.links.get(77), { ifalias: 'third' })
    t.deepEqual(
      (await net.links.list())
        .map(({ ifalias }) => ifalias)
        .filter(Boolean)
        .sort(),
      ['first', 'fourth', 'second', 'third'],
    )
  },
)

kernelTest('settings of address families apply before a new link comes up', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({
    kind: 'veth',
    name: 'a',
    up: true,
    peer: { name: 'b' },
    afSpec: { inet6: { addrGenMode: 'none' } },
  })
  await net.links.set('b', { up: true })
  const { up, afSpec } = await net.links.get('a')
  t.true(up)
  t.like(afSpec, { inet6: { addrGenMode: 'none' } })
  t.deepEqual(await net.addresses.list({ link: 'a' }), [])
})

macvlanTest('protocols can be down on a new link', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({ kind: 'ifb', name: 'under', up: true })
  await net.links.add({ kind: 'macvlan', name: 'm', link: 'under', protoDown: true, promisc: true })
  const { protoDown, flags } = await net.links.get('m')
  t.true(protoDown)
  t.true(flags.includes('promisc'))
})

kernelTest('a link is not added if what the kernel ignores then is refused after', async (t) => {
  const { net } = await sandbox(t)
  for (const setting of [{ protoDown: true }, { carrier: false }]) {
    await t.throwsAsync(net.links.add({ kind: 'ifb', name: 'half', ...setting }), { code: 'EOPNOTSUPP' })
  }
  t.deepEqual(
    (await net.links.list()).map(({ name }) => name),
    ['lo'],
  )
})

kernelTest('an alias never goes to a link that was there before', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({ kind: 'ifb', name: 'old', index: 50 })
  await t.throwsAsync(net.links.add({ kind: 'ifb', name: 'old', ifalias: 'x' }), { code: 'EEXIST' })
  await t.throwsAsync(net.links.add({ kind: 'ifb', name: 'new', index: 50, ifalias: 'x' }), {
    message: /EEXIST|EBUSY/,
  })
  await t.throwsAsync(net.links.add({ kind: 'nonsense' as never, ifalias: 'x' } as LinkSpec), {
    code: 'EOPNOTSUPP',
  })
  await t.throwsAsync(net.links.add({ kind: 'ifb', name: 'name-of-20-letters-xx', ifalias: 'x' }))
  t.is((await net.links.get('old')).ifalias, undefined)
  t.is((await net.links.list()).length, 2)
})

kernelTest('the alias of a new link is set before whatever is asked later', async (t) => {
  const { net } = await sandbox(t)
  const added = net.links.add({ kind: 'ifb', name: 'x', ifalias: 'first' })
  const changed = net.links.set('x', { ifalias: 'second' })
  await Promise.all([added, changed])
  t.is((await net.links.get('x')).ifalias, 'second')
})

kernelTest('an aborted addition leaves nothing', async (t) => {
  const { net } = await sandbox(t)
  const controller = new AbortController()
  const added = net.links.add({ kind: 'ifb', name: 'x', ifalias: 'first' }, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await t.throwsAsync(added, { message: 'enough' })
  t.is((await net.links.list()).length, 1)
})

kernelTest('links with aliases are added in bulk', async (t) => {
  const { net } = await sandbox(t)
  const specs = Array.from(
    { length: 100 },
    (_, i) => ({ kind: 'ifb', name: `x${i}`, ifalias: `alias ${i}` }) as const,
  )
  t.is(await net.links.addAll(specs), 100)
  for (const { name, ifalias } of await net.links.list({ kind: 'ifb' }))
    t.is(ifalias, `alias ${name.slice(1)}`)
})

kernelTest('what a link cannot have is refused', async (t) => {
  const { net, netns } = await sandbox(t)
  const { links } = net
  await links.add({ kind: 'ifb', name: 'x' })
  const refused = (call: Promise<unknown>, argument: string) =>
    t.throwsAsync(call, { instanceOf: ArgumentError, message: new RegExp(`^${argument} `) })
  await refused(links.add({ kind: 'ifb', ifalias: 'x', netns }), 'ifalias')
  await refused(links.add({ kind: 'veth', peer: { ifalias: 'x' } as never }), 'peer.ifalias')
  await refused(links.add({ kind: 'veth', peer: { carrier: true } as never }), 'peer.carrier')
  await refused(links.add({ kind: 'ifb', newIfindex: 5 }), 'newIfindex')
  await refused(links.add({ kind: 'ifb', link: 'x' }), 'link')
  await refused(links.add({ kind: 'ifb', data: 5 } as never), 'data')
  await refused(links.set('x', { numTxQueues: 5 } as never), 'numTxQueues')
  await refused(links.set('x', { newIfindex: 5 }), 'newIfindex')
  await refused(links.set('x', { link: 'lo' }), 'kind')
  await refused(links.set('x', { kind: 'macvlan', link: 'lo' }), 'link')
})

vxlanTest('the lower link of a vxlan is set, changed and listed', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({ kind: 'veth', name: 'a', peer: { name: 'b' } })
  const [a, b] = await Promise.all([net.links.get('a'), net.links.get('b')])
  await net.links.add({
    kind: 'vxlan',
    name: 'v',
    link: 'a',
    data: { id: 5, port: 4789, group: '239.1.1.1' },
  })
  t.like(await net.links.get('v'), { link: a.index, data: { link: a.index } })
  await net.links.set('v', { kind: 'vxlan', link: 'b' })
  t.like(await net.links.get('v'), { link: b.index, data: { link: b.index } })
  t.is((await net.links.list({ kind: 'vxlan' }))[0]?.link, b.index)
  await t.throwsAsync(net.links.set('v', { kind: 'vxlan', link: 'b', data: { link: a.index } }), {
    instanceOf: ArgumentError,
    message: /^data\.link /,
  })
})

vxlanTest('a flag that is listed as a number reads as what it is', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({ kind: 'vxlan', name: 'plain', data: { id: 5, port: 4789 } })
  await net.links.add({ kind: 'vxlan', name: 'inheriting', data: { id: 6, port: 4789, ttlInherit: true } })
  const inherits = async (name: string) => {
    const link = await net.links.get(name)
    return link.kind === 'vxlan' ? link.data?.ttlInherit : undefined
  }
  t.is(await inherits('plain'), false)
  t.is(await inherits('inheriting'), true)
})
