import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Netns } from '../../../lib/index.js'
import { kernelTest, userTest } from '../../helpers/needs.js'
import { netnsName, sandbox } from '../../helpers/sandbox.js'

const inode = (netns: Netns) => `net:[${netns.identity.ino}]`
const SHOW_NETNS = ['-e', `process.stdout.write(require('fs').readlinkSync('/proc/self/ns/net'))`]

kernelTest('a child process starts inside', async (t) => {
  using netns = Netns.create()
  const child = netns.spawn('readlink', ['/proc/self/ns/net'], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.is((await text(child.stdout)).trim(), `net:[${netns.identity.ino}]`)
})

kernelTest('exec returns the output of a program inside; its failure has code and output', async (t) => {
  const { netns } = await sandbox(t)
  t.is((await netns.exec(process.execPath, SHOW_NETNS)).stdout, inode(netns))
  const failed = netns.exec('sh', ['-c', 'echo no >&2; exit 3'])
  t.like(await t.throwsAsync(failed), { code: 3, stderr: 'no\n' } as object)
  await t.throwsAsync(netns.exec('rtnl-no-such-program'), { code: 'ENOENT' })
})

kernelTest(
  'with mounts, a program sees the links in /sys and the files of /etc/netns/NAME in /etc',
  async (t) => {
    const name = netnsName(t)
    const folder = `/etc/netns/${name}`
    mkdirSync(folder, { recursive: true })
    t.teardown(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'hosts'), '192.0.2.7 only.inside\n')
    using netns = Netns.create(name)
    const script = 'ls /sys/class/net; cat /etc/hosts; readlink /proc/self/ns/net; echo $VALUE $0'
    const options = { mounts: true, env: { ...process.env, VALUE: '7' }, cwd: '/' }
    const { stdout, stderr } = await netns.exec('sh', ['-c', script, 'zero'], options)
    t.is(stderr, '')
    t.deepEqual(stdout.trim().split('\n'), ['lo', '192.0.2.7 only.inside', inode(netns), '7 zero'])
    t.notRegex(readFileSync('/etc/hosts', 'utf8'), /only\.inside/)
  },
)

userTest('with mounts, user, files, signals, shell and exit status are those of the program', async (t) => {
  const { netns } = await sandbox(t)
  const child = netns.spawn('sh', ['-c', 'id -u; id -g; cat <&3; kill -PIPE $$; echo survived'], {
    mounts: true,
    uid: 65534,
    gid: 65534,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const third = child.stdio[3] as NodeJS.WritableStream
  third.end('by the fourth file\n')
  const [output, [code, signal]] = await Promise.all([text(child.stdout as never), once(child, 'close')])
  t.is(output, '65534\n65534\nby the fourth file\n')
  t.is(code, null)
  t.is(signal, 'SIGPIPE')
  const shell = await netns.exec('echo $((6 * 7))', [], { mounts: true, shell: true })
  t.is(shell.stdout, '42\n')
  await t.throwsAsync(netns.exec('rtnl-no-such-program', [], { mounts: true }), { code: 'ENOENT' })
  t.throws(() => netns.spawn('true', [], { mounts: true, stdio: ['pipe', 'pipe', 'pipe', 'ipc'] }), {
    message: /^stdio must not contain "ipc" when mounts is true/,
  })
})
