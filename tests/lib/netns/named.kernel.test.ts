import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { ArgumentError, Netns, RtNetlink, SystemError } from '../../../lib/index.js'
import { kernelTest, testUnless, toolTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { cannotUnshare, runModule, unshared } from '../../helpers/program.js'
import { deleteStaleNames, netnsName } from '../../helpers/sandbox.js'

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

kernelTest('create, delete and open refuse invalid names, and change nothing', (t) => {
  for (const name of ['', '.', '..', 'a/b', '/x', 'a\0b', 'x'.repeat(256), 7]) {
    for (const act of [Netns.create, Netns.delete, Netns.open] as const) {
      if (typeof name === 'number' && act === Netns.open) continue
      const error = t.throws(() => act(name as string), { instanceOf: ArgumentError }, String(name))
      t.regex(error?.message ?? '', /^name must be the name of a network namespace|^netns must be/)
    }
    t.false(Netns.list().includes(String(name)))
  }
})

kernelTest('a taken name is EEXIST, a missing one ENOENT', (t) => {
  const name = netnsName(t)
  Netns.create(name).close()
  const taken = t.throws(() => Netns.create(name), { instanceOf: SystemError })
  t.is(taken?.code, 'EEXIST')
  t.regex(taken?.message ?? '', /already exists/)
  Netns.delete(name)
  for (const act of [Netns.delete, Netns.open]) {
    const missing = t.throws(() => act(name), { instanceOf: SystemError })
    t.is(missing?.code, 'ENOENT')
    t.regex(missing?.message ?? '', /no network namespace has this name/)
  }
})

kernelTest('a translated error keeps its cause', (t) => {
  const name = netnsName(t)
  Netns.create(name).close()
  t.like(t.throws(() => Netns.create(name))?.cause, { code: 'EEXIST' })
  t.true(t.throws(() => Netns.open(`${name}-missing`))?.cause instanceof SystemError)
  t.true(t.throws(() => Netns.delete(`${name}-missing`))?.cause instanceof SystemError)
  using netns = Netns.open(name)
  t.like(t.throws(() => netns.sysctl.get('net.ipv4.no_such'))?.cause, { code: 'ENOENT' })
})

kernelTest('a name without a mount, left by a process that was killed, can be deleted', (t) => {
  const name = netnsName(t)
  Netns.create(netnsName(t)).close()
  writeFileSync(`/var/run/netns/${name}`, '')
  t.throws(() => Netns.open(name), {
    instanceOf: ArgumentError,
    message: /^netns must be a network namespace, but "rtnl-test-.*" is not one$/,
  })
  Netns.delete(name)
  t.false(Netns.list().includes(name))
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

kernelTest('a name that is not UTF-8 is listed as it can be opened, entered and deleted', async (t) => {
  for (const end of ['\udcff\udcc3', '\ufeff', 'ä']) {
    const name = `${netnsName(t)}${end}`
    t.teardown(() => Netns.list().includes(name) && Netns.delete(name))
    Netns.create(name).close()
    t.true(Netns.list().includes(name))
    const bytes = readdirSync('/var/run/netns', { encoding: 'buffer' })
    const expected = Buffer.concat([Buffer.from(name.slice(0, -end.length)), bytesOf(end)])
    t.true(bytes.some((one) => one.equals(expected)))
    using netns = Netns.open(name)
    t.is(netns.name, name)
    const { stdout } = await netns.exec('cat', ['/sys/class/net/lo/ifindex'], { mounts: true })
    t.is(stdout, '1\n')
    await using net = await RtNetlink.open({ netns: name })
    t.is((await net.links.list()).length, 1)
    Netns.delete(name)
    t.false(Netns.list().includes(name))
  }
})

function bytesOf(text: string): Buffer {
  return text === '\udcff\udcc3' ? Buffer.from([0xff, 0xc3]) : Buffer.from(text)
}

kernelTest('a name or a path that C would cut off is refused', async (t) => {
  const before = Netns.list()
  for (const name of [
    'a\0b',
    '\0',
    'a/b',
    '.',
    '..',
    '',
    'x'.repeat(256),
    'ä'.repeat(128),
    '\ud800',
    '\udcc3\udca4',
  ]) {
    for (const act of [
      () => Netns.create(name),
      () => Netns.open(name),
      () => Netns.delete(name),
      () => Netns.attach(name, process.pid),
    ]) {
      t.throws(act, {
        instanceOf: ArgumentError,
        message: /must be the name of a network namespace \(1 to 255 bytes/,
      })
    }
  }
  t.deepEqual(Netns.list(), before)
  for (const path of ['/proc/self/ns/net\0x', '/proc/self/ns/\udc00net']) {
    t.throws(() => Netns.open({ path }), {
      instanceOf: ArgumentError,
      message: /^netns.path must be a path: text without NUL/,
    })
  }
  using netns = Netns.current()
  await t.throwsAsync(async () => netns.exec('true\0', [], { mounts: true }), { instanceOf: ArgumentError })
  await t.throwsAsync(async () => netns.exec('echo', ['a', 'b\0c'], { mounts: true }), {
    instanceOf: ArgumentError,
    message: /^args\[1\] must be text without NUL, got /,
  })
})

testUnless(cannotUnshare('-m'))('in a read-only folder, a name is refused with EROFS', (t) => {
  const body = `
    const codeOf = (act) => { try { act() } catch (error) { return error.code } }
    console.log(JSON.stringify([codeOf(() => lib.Netns.create('x')), lib.Netns.list()]))`
  t.deepEqual(runModule(body, unshared('-m', 'mount -o remount,ro /run')), ['EROFS', []])
})
