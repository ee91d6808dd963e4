import { ArgumentError, Netns, RtNetlink } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { sandbox } from '../../helpers/sandbox.js'

kernelTest('a namespace has no id, then the one that was set, or one that the kernel chose', async (t) => {
  const { net } = await sandbox(t)
  using one = Netns.create()
  using two = Netns.create()
  t.is(await net.nsids.get(one), undefined)
  await net.nsids.set(one, 7)
  await net.nsids.set(two)
  t.is(await net.nsids.get(one), 7)
  t.deepEqual((await net.nsids.list()).sort(), [(await net.nsids.get(two)) as number, 7].sort())
  await t.throwsAsync(net.nsids.set(one, 8), { code: 'EEXIST' })
  await t.throwsAsync(net.nsids.set(two, -3), {
    instanceOf: ArgumentError,
    message: /^id must be an integer from 0 to 2147483647, got -3$/,
  })
})

kernelTest('setId assigns an id in the namespace of the process', async (t) => {
  using netns = Netns.create()
  await using net = await RtNetlink.open()
  await netns.setId()
  const id = await net.nsids.get(netns)
  t.true(id !== undefined && id >= 0)
  await t.throwsAsync(netns.setId(id), { code: 'EEXIST' })
  await t.throwsAsync(async () => netns.setId(-2), { code: 'ERR_NETLINK_ARGUMENT' })
})

kernelTest(
  'an id goes to the namespace that was handed over, although its handle is closed at once',
  async (t) => {
    const { net } = await sandbox(t)
    const one = Netns.create()
    using again = Netns.open(one)
    const id = net.nsids.set(one, 11)
    one.close()
    using other = Netns.create()
    await id
    t.is(await net.nsids.get(again), 11)
    t.is(await net.nsids.get(other), undefined)
    const stop = AbortSignal.abort('enough')
    t.is(await net.nsids.get(again, { signal: stop }).catch((reason) => reason), 'enough')
    t.is(await net.nsids.set(other, 12, { signal: stop }).catch((reason) => reason), 'enough')
  },
)
