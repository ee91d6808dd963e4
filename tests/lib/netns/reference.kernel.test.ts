import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { Netns, RtNetlink } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { netnsName } from '../../helpers/sandbox.js'

kernelTest(
  'a namespace opens by name, process, path, fd and handle, and is the same one each time',
  async (t) => {
    const name = netnsName(t)
    using made = Netns.create(name)
    const child = made.spawn('sleep', ['60'])
    t.teardown(() => child.kill())
    for (const ref of [
      name,
      child.pid as number,
      { pid: child.pid as number },
      { path: `/var/run/netns/${name}` },
      { fd: made.fd },
      made,
    ]) {
      using opened = Netns.open(ref)
      t.true(opened.equals(made))
      t.not(opened.fd, made.fd)
      await using net = await RtNetlink.open({ netns: ref })
      t.is((await net.links.list()).length, 1)
    }
    using current = Netns.current()
    t.false(current.equals(made))
  },
)

kernelTest('a value that does not refer to a network namespace is refused', async (t) => {
  const file = openSync('/proc/self/ns/uts', 'r')
  t.teardown(() => closeSync(file))
  const gone = spawnSync('true').pid
  for (const [ref, expected] of [
    [{ fd: file }, /^netns must be a network namespace, but \{"fd":\d+\} is not one$/],
    [{ fd: 99_999 }, /^netns must be a network namespace, but/],
    [{ path: '/etc/hostname' }, /^netns must be a network namespace, but/],
    [{ path: '/nowhere' }, /ENOENT/],
    [gone, /ENOENT: no process has the id/],
    [0, /^netns must be an integer from 1 to 2147483647, got 0$/],
    [-1, /^netns must be an integer from 1/],
    [{}, /^netns must be a network namespace \(a name, a process id, .*\), got /],
    [null, /^netns must be a network namespace \(a name, a process id, .*\), got /],
    [true, /^netns must be a network namespace \(a name, a process id, .*\), got /],
  ] as const) {
    t.throws(() => Netns.open(ref as never), { message: expected }, JSON.stringify(ref))
    await t.throwsAsync(RtNetlink.open({ netns: ref as never }), { message: expected })
  }
})
