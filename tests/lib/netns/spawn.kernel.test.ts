import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
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
  'exec decodes the output as execFile does, and gives bytes for the encodings buffer and null',
  async (t) => {
    using netns = Netns.create()
    const script = "printf '\\377a'; printf '\\376b' >&2"
    for (const mounts of [false, true]) {
      for (const encoding of [
        'utf8',
        'latin1',
        'binary',
        'hex',
        'base64',
        'UTF-8',
        'buffer',
        null,
      ] as const) {
        const expected = await promisify(execFile)('sh', ['-c', script], {
          encoding: encoding as BufferEncoding,
        })
        const output = await netns.exec('sh', ['-c', script], {
          mounts,
          encoding: encoding as BufferEncoding,
        })
        t.deepEqual(output, expected, String(encoding))
      }
      const bytes: Buffer = (await netns.exec('sh', ['-c', script], { mounts, encoding: 'buffer' })).stdout
      t.deepEqual([...bytes], [0xff, 0x61])
      const failed = netns.exec('sh', ['-c', `${script}; exit 3`], { mounts, encoding: null })
      t.like(await t.throwsAsync(failed), { code: 3, stderr: Buffer.from([0xfe, 0x62]) } as object)
    }
    const text: string = (await netns.exec('echo', ['text'], { encoding: undefined })).stdout
    t.is(text, 'text\n')
    await t.throwsAsync(netns.exec('true', [], { encoding: 'latin' as never }), {
      message:
        /^options\.encoding must be an encoding of Buffer such as 'latin1', 'buffer', or null, got "latin"/,
    })
  },
)

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
