import { NetlinkSocket } from '../../lib/ffi/netlink-socket.js'
import { Netns, RtNetlink } from '../../lib/index.js'
import { kernelTest } from '../helpers/needs.js'
import { openFiles } from '../helpers/open-files.js'

kernelTest('ten thousand sockets, opened and closed, leave no open file', (t) => {
  new NetlinkSocket(0).close()
  const before = openFiles()
  for (let i = 0; i < 10_000; i++) new NetlinkSocket(0).close()
  t.is(openFiles(), before)
})

kernelTest('connections that list, abandon a dump and close leave no open file', async (t) => {
  using netns = Netns.create()
  const before = openFiles()
  for (let i = 0; i < 300; i++) {
    await using net = await RtNetlink.open({ netns })
    await Promise.all([net.links.list(), net.routes.list(), net.addresses.list(), net.links.get('lo')])
    for await (const _ of net.links.dump()) break
  }
  t.is(openFiles(), before)
})

kernelTest('failing to open leaves no open file', async (t) => {
  const before = openFiles()
  for (let i = 0; i < 100; i++) {
    await t.throwsAsync(RtNetlink.open({ netns: 'there-is-none' }))
    await t.throwsAsync(RtNetlink.open({ timeout: 0 }))
    t.throws(() => Netns.create('a/b'))
    t.throws(() => Netns.open({ path: '/etc/hostname' }))
  }
  t.is(openFiles(), before)
})

kernelTest(
  'creating a link in another namespace leaves no open file, whether it succeeds or fails',
  async (t) => {
    using there = Netns.create()
    using here = Netns.create()
    await using net = await RtNetlink.open({ netns: here })
    const ref = { path: `/proc/self/fd/${there.fd}` }
    const before = openFiles()
    for (let i = 0; i < 20; i++) {
      await net.links.add({ kind: 'ifb', name: `a${i}`, netns: ref })
      await t.throwsAsync(net.links.add({ kind: 'ifb', name: `a${i}`, netns: ref }), { code: 'EEXIST' })
      await t.throwsAsync(net.links.add({ kind: 'veth', netns: ref, peer: { netns: 'there-is-none' } }), {
        code: 'ENOENT',
      })
    }
    t.is(openFiles(), before)
  },
)
