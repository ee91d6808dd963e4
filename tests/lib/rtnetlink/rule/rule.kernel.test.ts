import { kernelTest } from '../../../helpers/needs.js'
import { joined, sandbox } from '../../../helpers/sandbox.js'

kernelTest('a namespace has the kernel’s own rules', async (t) => {
  const { net } = await sandbox(t)
  const rules = await net.rules.list({ family: 'inet' })
  t.deepEqual(
    rules.map(({ priority = 0, table, action }) => ({ priority, table, action })),
    [
      { priority: 0, table: 'local', action: 'toTbl' },
      { priority: 32766, table: 'main', action: 'toTbl' },
      { priority: 32767, table: 'default', action: 'toTbl' },
    ],
  )
})

kernelTest('rules are added, listed as they were given, and deleted as they were listed', async (t) => {
  const { net } = await sandbox(t)
  const specs = [
    { src: '10.0.0.0/8', table: 100, priority: 100 },
    { dst: '2001:db8::/32', fwmark: 7, fwmask: 255, table: 1000, priority: 101 },
    { family: 'inet', iifname: 'lo', ipProto: 6, dportRange: { start: 80, end: 90 }, priority: 102 },
    { family: 'inet6', action: 'prohibit', uidRange: { start: 1, end: 2 }, priority: 103 },
  ] as const
  for (const spec of specs) await net.rules.add(spec)
  const added = (await net.rules.list()).filter(({ priority = 0 }) => priority >= 100 && priority < 200)
  for (const spec of specs)
    t.like(
      added.find(({ priority }) => priority === spec.priority),
      spec,
    )
  await t.throwsAsync(net.rules.add(specs[0]), { code: 'EEXIST' })
  for (const rule of added) await net.rules.delete(rule)
  t.is((await net.rules.list({ priority: 100 })).length, 0)
  await t.throwsAsync(net.rules.delete(specs[0]), { code: 'ENOENT' })
  for (const rule of added) await net.rules.add(rule)
  t.is((await net.rules.list({ table: 1000 })).length, 1)
})

kernelTest('a rule decides which table is used', async (t) => {
  const { here } = await joined(t)
  const { net } = here
  await net.routes.add({ dst: 'default', gateway: '192.0.2.2' })
  await net.routes.add({ dst: '203.0.113.0/24', type: 'blackhole', table: 100 })
  await net.rules.add({ fwmark: 5, table: 100, priority: 10 })
  t.is((await net.routes.get('203.0.113.1')).gateway, '192.0.2.2')
  await t.throwsAsync(net.routes.get('203.0.113.1', { mark: 5 }), { code: 'EINVAL' })
})

kernelTest('an invalid rule is refused', async (t) => {
  const { net } = await sandbox(t)
  await t.throwsAsync(net.rules.add({ src: '10.0.0.0/40' }), { code: 'ERR_NETLINK_ARGUMENT', message: /src/ })
  await t.throwsAsync(net.rules.add({ src: '10.0.0.0/8', dst: '2001:db8::/32' }), {
    message: /dst must be a prefix of family inet, got "2001:db8::\/32"/,
  })
  await t.throwsAsync(net.rules.add({ iifname: 'a-name-that-is-too-long' }), { code: 'ERR_NETLINK_ENCODE' })
  await t.throwsAsync(net.rules.add({ from: '10.0.0.0/8' } as never), {
    message: /^from is not an attribute here; known: /,
  })
  await t.throwsAsync(net.rules.add({ actin: 'blackhole' } as never), { message: /did you mean "action"/ })
  await t.throwsAsync(net.rules.add({ priority: Number.NaN }), { message: /^priority .*got NaN/ })
})
