import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import test from 'ava'
import { ArgumentError, Netns, RtNetlink, SystemError } from '../../../lib/index.js'
import { kernelTest, toolTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { deleteStaleNames, netnsName, sandbox } from '../../helpers/sandbox.js'

const iproute2Test = toolTest('ip')

test.before(() => {
  try {
    deleteStaleNames()
  } catch {
    // Without privileges no test has created a name.
  }
})

const stockNames = () =>
  execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.split(' ')[0])

iproute2Test('ip(8) lists a name that was created here; either side can delete it', (t) => {
  const [one, two] = [netnsName(t), netnsName(t)]
  Netns.create(one).close()
  Netns.create(two).close()
  t.true(stockNames().includes(one))
  t.regex(execFileSync('ip', ['-n', one, 'link'], { encoding: 'utf8' }), /lo: <LOOPBACK> /)
  execFileSync('ip', ['netns', 'delete', one])
  t.false(Netns.list().includes(one))
  Netns.delete(two)
  t.false(stockNames().includes(two))
})

iproute2Test('a name that ip(8) created can be opened, entered and deleted here', (t) => {
  const name = netnsName(t)
  execFileSync('ip', ['netns', 'add', name])
  t.true(Netns.list().includes(name))
  using netns = Netns.open(name)
  t.is(netns.name, name)
  t.is(
    netns.run(() => readFileSync('/proc/thread-self/net/dev', 'utf8').match(/^ *\w+:/gm)?.length),
    1,
  )
  Netns.delete(name)
  t.false(stockNames().includes(name))
})

iproute2Test('files and mounts of a name equal those that ip(8) makes', (t) => {
  const [ours, theirs] = [netnsName(t), netnsName(t)]
  execFileSync('ip', ['netns', 'add', theirs])
  Netns.create(ours).close()
  const look = (name: string) => {
    const { mode, uid, gid, nlink } = statSync(`/var/run/netns/${name}`)
    return { mode, uid, gid, nlink }
  }
  t.deepEqual(look(ours), look(theirs))
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  // The number of a mount's peer group differs for each mount.
  const options = (name: string) =>
    mounts
      .find((line) => line.includes(`/netns/${name} `))
      ?.split(' ')
      .slice(5)
      .map((option) => option.replace(/^shared:\d+$/, 'shared'))
  t.deepEqual(options(ours), options(theirs))
})

kernelTest('a namespace without a name is closed with its handle', (t) => {
  const before = openFiles()
  const names = Netns.list()
  {
    using netns = Netns.create()
    t.is(netns.name, undefined)
    t.true(netns.identity.ino > 0n)
    t.is(openFiles(), before + 1)
  }
  t.is(openFiles(), before)
  t.deepEqual(Netns.list(), names)
})

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

kernelTest('run calls inside, and the thread is back when it returns or throws, also when nested', (t) => {
  using netns = Netns.create()
  using home = Netns.current()
  const here = () => readlinkSync('/proc/thread-self/ns/net')
  const outside = here()
  const within = netns.run(here)
  t.is(within, `net:[${netns.identity.ino}]`)
  t.is(here(), outside)
  t.throws(
    () =>
      netns.run(() => {
        throw new Error('inside')
      }),
    { message: 'inside' },
  )
  t.is(here(), outside)
  t.is(
    netns.run(() => home.run(() => netns.run(here))),
    within,
  )
  t.is(
    netns.run(() => home.run(here)),
    outside,
  )
  t.is(here(), outside)
})

kernelTest('run refuses async functions before it calls them, and functions that return a promise', (t) => {
  using netns = Netns.create()
  let called = false
  const act = async () => {
    called = true
  }
  // @ts-expect-error an async function
  t.throws(() => netns.run(act), { instanceOf: ArgumentError, message: /synchronous/ })
  t.false(called)
  // @ts-expect-error a function that returns a promise
  t.throws(() => netns.run(() => Promise.reject(new Error('lost'))), { instanceOf: ArgumentError })
  t.is(readlinkSync('/proc/thread-self/ns/net'), readlinkSync('/proc/self/ns/net'))
})

kernelTest('a child process starts inside', async (t) => {
  using netns = Netns.create()
  const child = netns.spawn('readlink', ['/proc/self/ns/net'], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.is((await text(child.stdout)).trim(), `net:[${netns.identity.ino}]`)
})

kernelTest('run reads and writes the namespace’s own files of /proc/sys/net', (t) => {
  using netns = Netns.create()
  const file = '/proc/sys/net/ipv4/ip_forward'
  const outside = readFileSync(file, 'utf8')
  netns.run(() => writeFileSync(file, outside.trim() === '1' ? '0' : '1'))
  t.is(readFileSync(file, 'utf8'), outside)
  t.not(
    netns.run(() => readFileSync(file, 'utf8')),
    outside,
  )
})

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

kernelTest('create, delete and open refuse invalid names, and change nothing', (t) => {
  const names = Netns.list()
  for (const name of ['', '.', '..', 'a/b', '/x', 'a\0b', 'x'.repeat(256), 7]) {
    for (const act of [Netns.create, Netns.delete, Netns.open] as const) {
      if (typeof name === 'number' && act === Netns.open) continue
      const error = t.throws(() => act(name as string), { instanceOf: ArgumentError }, String(name))
      t.regex(error?.message ?? '', /without "\/"/)
    }
  }
  t.deepEqual(Netns.list(), names)
})

kernelTest('a taken name is EEXIST, a missing one ENOENT', (t) => {
  const name = netnsName(t)
  Netns.create(name).close()
  const taken = t.throws(() => Netns.create(name), { instanceOf: SystemError })
  t.is(taken?.code, 'EEXIST')
  t.regex(taken?.message ?? '', /exists already/)
  Netns.delete(name)
  for (const act of [Netns.delete, Netns.open]) {
    const missing = t.throws(() => act(name), { instanceOf: SystemError })
    t.is(missing?.code, 'ENOENT')
    t.regex(missing?.message ?? '', /no network namespace has this name/)
  }
})

kernelTest('a name without a mount, left by a process that was killed, can be deleted', (t) => {
  const name = netnsName(t)
  Netns.create(netnsName(t)).close()
  writeFileSync(`/var/run/netns/${name}`, '')
  t.throws(() => Netns.open(name), { instanceOf: ArgumentError, message: /of another type/ })
  Netns.delete(name)
  t.false(Netns.list().includes(name))
})

kernelTest('a value that does not refer to a network namespace is refused', async (t) => {
  const file = openSync('/proc/self/ns/uts', 'r')
  t.teardown(() => closeSync(file))
  const gone = spawnSync('true').pid
  for (const [ref, expected] of [
    [{ fd: file }, /^netns must be a network namespace, but the file of fd \d+ is of another type$/],
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

kernelTest('a closed handle is refused; close is idempotent', (t) => {
  const netns = Netns.create()
  netns.close()
  netns.close()
  t.throws(() => netns.run(() => 1), {
    instanceOf: ArgumentError,
    message: /the handle of the network namespace without a name is closed/,
  })
  t.throws(() => netns.fd, { instanceOf: ArgumentError })
})

kernelTest('the directory of names is created, and mounted as shared, if it is missing', (t) => {
  // Runs in a mount namespace with an empty /run.
  const script = `
    import { Netns } from ${JSON.stringify(new URL('../../../lib/index.js', import.meta.url).href)}
    Netns.create('first').close()
    Netns.create('second').close()
    console.log(JSON.stringify(Netns.list()))
    Netns.delete('first')
    Netns.delete('second')`
  const run = spawnSync(
    'unshare',
    [
      '-m',
      'sh',
      '-c',
      `mount -t tmpfs none /run && exec "$0" --input-type=module -e "$1" && grep netns /proc/self/mountinfo`,
      process.execPath,
      script,
    ],
    { encoding: 'utf8' },
  )
  t.is(run.stderr, '')
  t.is(run.stdout.trim(), '["first","second"]')
})

kernelTest('namespaces can be created without root, in a user, network and mount namespace', (t) => {
  const script = `
    import { Netns, RtNetlink, echo } from ${JSON.stringify(new URL('../../../lib/index.js', import.meta.url).href)}
    const netns = Netns.create('inner')
    const net = await RtNetlink.open({ netns })
    await net.links.set('lo', { up: true })
    console.log((await echo('127.0.0.1', { netns })).bytes)
    Netns.delete('inner')`
  const unshare = spawnSync('unshare', ['-Urnm', 'true'])
  if (unshare.status !== 0) {
    t.log('this machine does not allow user namespaces')
    t.pass()
    return
  }
  const run = spawnSync(
    'unshare',
    [
      '-Urnm',
      'sh',
      '-c',
      `mount -t tmpfs none /run && exec "$0" --input-type=module -e "$1"`,
      process.execPath,
      script,
    ],
    { encoding: 'utf8' },
  )
  t.is(run.stderr, '')
  t.is(run.stdout.trim(), '64')
})

kernelTest('a thousand namespaces, created and closed, leave no open file and no name', (t) => {
  const before = openFiles()
  const mine = `rtnl-test-${process.pid}-many`
  for (let i = 0; i < 500; i++) {
    Netns.create(`${mine}-${i}`).close()
    Netns.delete(`${mine}-${i}`)
    Netns.create().close()
  }
  t.is(openFiles(), before)
  t.deepEqual(
    Netns.list().filter((name) => name.startsWith(mine)),
    [],
  )
})
