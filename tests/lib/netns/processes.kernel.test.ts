import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Netns } from '../../../lib/index.js'
import { kernelTest, stockEnv, toolTest } from '../../helpers/needs.js'
import { netnsName } from '../../helpers/sandbox.js'

kernelTest('pids lists the processes inside; identify and attach go by process', async (t) => {
  const name = netnsName(t)
  const second = netnsName(t)
  using netns = Netns.create(name)
  const child = netns.spawn('sleep', ['60'])
  t.teardown(() => child.kill())
  await once(child, 'spawn')
  const pid = child.pid as number
  t.deepEqual(netns.pids(), [pid])
  t.deepEqual(Netns.identify(pid), [name])
  using attached = Netns.attach(second, { pid })
  t.true(attached.equals(netns))
  t.deepEqual(Netns.identify(pid).sort(), [name, second].sort())
  t.throws(() => Netns.attach(second, { pid }), { code: 'EEXIST' })
  child.kill()
  await once(child, 'close')
  t.deepEqual(netns.pids(), [])
  t.throws(() => Netns.attach(netnsName(t), { pid }), { code: 'ENOENT', message: /no process has the id/ })
  t.throws(() => Netns.attach(netnsName(t), { path: '/dev/null' }), { message: /is not one/ })
})

toolTest('ip')('ip(8) identifies a namespace that was attached here', async (t) => {
  const name = netnsName(t)
  using netns = Netns.create()
  Netns.attach(name, netns).close()
  const { stdout } = await netns.exec('sh', ['-c', 'ip netns identify $$'], { env: stockEnv })
  t.is(stdout.trim(), name)
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  symlinkSync('/proc/self/ns/net', join(folder, 'link'))
  using here = Netns.open({ path: join(folder, 'link') })
  t.true(here.equals(Netns.current()))
})
