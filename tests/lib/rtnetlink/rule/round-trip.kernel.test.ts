import { kernelTest } from '../../../helpers/needs.js'
import { sandbox } from '../../../helpers/sandbox.js'

kernelTest('rule 0 is listed with its priority, and can go back', async (t) => {
  const { net } = await sandbox(t)
  const before = await net.rules.list({ family: 'inet' })
  const local = before[0] as (typeof before)[number]
  t.like(local, { priority: 0, table: 'local' })
  await net.rules.delete(local)
  t.deepEqual(await net.rules.list({ family: 'inet' }), before.slice(1))
  await net.rules.add(local)
  t.deepEqual(await net.rules.list({ family: 'inet' }), before)
  t.deepEqual(await net.rules.list({ family: 'inet', priority: 0 }), [local])
})

kernelTest('a rule that uses the table of a VRF has none of its own', async (t) => {
  const { net } = await sandbox(t)
  await net.rules.add({ l3mdev: 1, priority: 1000 })
  t.like((await net.rules.list({ priority: 1000 }))[0], { l3mdev: 1, table: 'unspec', action: 'toTbl' })
})

kernelTest('rules whose links or targets are missing can go back, and lose their state later', async (t) => {
  const { net } = await sandbox(t)
  await net.rules.add({ iifname: 'later', priority: 100, table: 100 })
  await net.rules.add({ oifname: 'later', priority: 101, table: 100, flags: ['invert'] })
  await net.rules.add({ goto: 200, priority: 102 })
  const own = async () =>
    (await net.rules.list({ family: 'inet' })).filter(({ priority }) => priority >= 100 && priority < 300)
  const before = await own()
  t.deepEqual(
    before.map(({ flags }) => flags),
    [['iifDetached'], ['invert', 'oifDetached'], ['unresolved']],
  )
  for (const rule of before) {
    await net.rules.delete(rule)
    await net.rules.add(rule)
  }
  t.deepEqual(await own(), before)
  await net.links.add({ kind: 'ifb', name: 'later' })
  await net.rules.add({ priority: 200, table: 'main' })
  t.deepEqual(
    (await own()).map(({ flags }) => flags),
    [[], ['invert'], [], []],
  )
})
