import { ArgumentError, BulkError, NetlinkError, type RouteSpec } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { joined, sandbox } from '../../helpers/sandbox.js'

function* routes(count: number): Generator<RouteSpec> {
  for (let i = 0; i < count; i++)
    yield { dst: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, gateway: '192.0.2.2' }
}

kernelTest('fifty thousand routes are added, replaced and deleted in bulk', async (t) => {
  const { net } = (await joined(t)).here
  let progress = 0
  t.is(
    await net.routes.addAll(routes(50_000), {
      onProgress: (count) => {
        progress = count
      },
    }),
    50_000,
  )
  t.is(progress, 50_000)
  t.is((await net.routes.list({ protocol: 'boot' })).length, 50_000)
  t.is(await net.routes.replaceAll(routes(50_000)), 50_000)
  t.is(await net.routes.deleteAll(net.routes.dump({ protocol: 'boot' })), 50_000)
  t.is((await net.routes.list({ protocol: 'boot' })).length, 0)
})

kernelTest('each failure of a bulk carries the kernel’s answer', async (t) => {
  const { net } = (await joined(t)).here
  const specs = [...routes(20_000)]
  for (const i of [5, 10_000, 19_999]) specs[i] = { dst: `10.99.0.${i & 255}`, gateway: '203.0.113.1' }
  specs[6] = { dst: 'nowhere' }
  const error = await t.throwsAsync(net.routes.addAll(specs), { instanceOf: BulkError })
  t.deepEqual(
    error?.failures.map(({ index }) => index).sort((a, b) => a - b),
    [5, 6, 10_000, 19_999],
  )
  t.is(error?.done, 19_996)
  t.true(
    error?.failures.every(({ error }) => error instanceof NetlinkError || error instanceof ArgumentError),
  )
})

kernelTest('when every item fails, each failure is reported: no refusal is dropped', async (t) => {
  const { net } = (await joined(t)).here
  await net.routes.addAll(routes(30_000))
  const error = await t.throwsAsync(net.routes.addAll(routes(30_000)), { instanceOf: BulkError })
  t.is(error?.failures.length, 30_000)
  t.true(error?.failures.every(({ error }) => (error as NetlinkError).code === 'EEXIST'))
})

kernelTest('addresses and links are added and deleted in bulk too', async (t) => {
  const { net } = await sandbox(t)
  const addresses = Array.from({ length: 2000 }, (_, i) => ({
    link: 'lo',
    address: `10.0.${i >> 8}.${i & 255}/32`,
  }))
  t.is(await net.addresses.addAll(addresses), 2000)
  t.is(await net.addresses.replaceAll(addresses), 2000)
  t.is(await net.addresses.deleteAll(await net.addresses.list()), 2000)
  const names = Array.from({ length: 100 }, (_, i) => `i${i}`)
  t.is(await net.links.addAll(names.map((name) => ({ kind: 'ifb', name }))), 100)
  const error = await t.throwsAsync(
    net.links.addAll([
      { kind: 'ifb', name: 'i7' },
      { kind: 'ifb', name: 'new' },
    ]),
    { instanceOf: BulkError },
  )
  t.deepEqual(
    error?.failures.map(({ index }) => index),
    [0],
  )
  t.is(await net.links.deleteAll([...names, 'new']), 101)
  t.is((await net.links.list()).length, 1)
})
