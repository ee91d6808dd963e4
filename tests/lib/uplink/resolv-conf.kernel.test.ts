import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectUplink, disconnectUplink, Netns, RtNetlink } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { netnsName, sandbox } from '../../helpers/sandbox.js'
import { snapshot, world } from '../../helpers/uplink-world.js'

type Test = Parameters<typeof sandbox>[0]
const nameservers = ['192.0.2.53', '2001:db8::53']

async function named(t: Test) {
  const { router } = await world(t)
  const name = netnsName(t)
  Netns.create(name).close()
  const folder = `/etc/netns/${name}`
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return { router, name, folder, file: `${folder}/resolv.conf` }
}

/** What users have at the place of the file. */
const OWN: readonly (readonly [title: string, make: (file: string) => void])[] = [
  ['a file', (file) => writeFileSync(file, 'nameserver 192.0.2.99\n', { mode: 0o600 })],
  ['an empty file', (file) => writeFileSync(file, '')],
  ['a symbolic link', (file) => symlinkSync('/etc/hostname', file)],
  ['a dangling symbolic link', (file) => symlinkSync(`${file}.target`, file)],
  ['a folder', (file) => mkdirSync(file)],
]

function describe(path: string) {
  const { mode, uid, gid, size, mtimeMs, ino } = lstatSync(path)
  const stat = lstatSync(path)
  const content = stat.isSymbolicLink()
    ? readlinkSync(path)
    : stat.isFile()
      ? readFileSync(path, 'utf8')
      : undefined
  return { mode, uid, gid, size, mtimeMs, ino, content }
}

for (const [title, make] of OWN) {
  kernelTest(`a resolv.conf of the user is kept and not written through: ${title}`, async (t) => {
    const { router, name, folder, file } = await named(t)
    mkdirSync(folder, { recursive: true })
    make(file)
    const before = [describe(file), readdirSync(folder)]
    await using uplink = await connectUplink(name, { via: router, nameservers })
    t.deepEqual([describe(file), readdirSync(folder)], before)
    t.like(uplink.warnings[0], { kind: 'nameservers', reason: 'kept' })
    t.deepEqual(uplink.nameservers, [])
    await uplink.disconnect()
    t.deepEqual([describe(file), readdirSync(folder)], before)
  })
}

kernelTest('the user’s other files and folders stay as they were', async (t) => {
  const { router, name, folder, file } = await named(t)
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o750)
  const { mode } = lstatSync(folder)
  for (const others of [false, true]) {
    if (others) {
      writeFileSync(`${folder}/hosts`, '192.0.2.1 a\n', { mode: 0o640 })
      utimesSync(`${folder}/hosts`, 1000, 1000)
    }
    const before = readdirSync(folder).map((entry) => describe(`${folder}/${entry}`))
    const uplink = await connectUplink(name, { via: router, nameservers })
    t.deepEqual(uplink.nameservers, nameservers)
    t.deepEqual(uplink.warnings, [])
    t.regex(readFileSync(file, 'utf8'), /^nameserver 192\.0\.2\.53\nnameserver 2001:db8::53\n/m)
    t.is(lstatSync(file).mode & 0o777, 0o644)
    await uplink.disconnect()
    t.deepEqual(
      readdirSync(folder).map((entry) => describe(`${folder}/${entry}`)),
      before,
    )
    t.is(lstatSync(folder).mode, mode)
  }
})

kernelTest('a file that was written here and edited since is the user’s', async (t) => {
  const { router, name, file } = await named(t)
  const uplink = await connectUplink(name, { via: router, nameservers })
  const edited = `${readFileSync(file, 'utf8')}search example.org\n`
  writeFileSync(file, edited)
  const again = await connectUplink(name, { via: router, nameservers: ['192.0.2.54'] })
  t.like(again.warnings[0], { kind: 'nameservers', reason: 'kept' })
  t.is(readFileSync(file, 'utf8'), edited)
  await uplink.disconnect()
  t.is(readFileSync(file, 'utf8'), edited)
})

kernelTest('a later call with other name servers replaces the file; disconnecting removes all', async (t) => {
  const { router, name, folder, file } = await named(t)
  const uplink = await connectUplink(name, { via: router, nameservers })
  await connectUplink(name, { via: router, nameservers: ['192.0.2.54'] })
  t.regex(readFileSync(file, 'utf8'), /^# .*\nnameserver 192\.0\.2\.54\n$/)
  // A process that was killed while it wrote left its temporary file.
  writeFileSync(`${folder}/.resolv.conf.rtnetlink`, 'x')
  await connectUplink(name, { via: router, nameservers })
  t.deepEqual(readdirSync(folder), ['resolv.conf'])
  await uplink.disconnect()
  t.false(existsSync(folder))
})

kernelTest('no usable name server is said, unless none is wanted', async (t) => {
  const { router, name } = await named(t)
  const routerName = netnsName(t)
  Netns.attach(routerName, router).close()
  const folder = `/etc/netns/${routerName}`
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/resolv.conf`, 'nameserver 127.0.0.1\nnameserver fe80::1%eth0\nnameserver bad\n')
  const uplink = await connectUplink(name, { via: routerName })
  t.deepEqual(uplink.nameservers, [])
  t.like(uplink.warnings[0], { kind: 'nameservers', reason: 'unusable' })
  t.regex(uplink.warnings[0]?.message ?? '', /pass some as `nameservers`/)
  t.deepEqual((await connectUplink(name, { via: routerName, nameservers: [] })).warnings, [])
  writeFileSync(`${folder}/resolv.conf`, 'nameserver 192.0.2.1\n')
  t.deepEqual((await connectUplink(name, { via: routerName })).nameservers, ['192.0.2.1'])
  await uplink.disconnect()
})

kernelTest(
  'the file of a namespace that was deleted is removed by the next call for another one',
  async (t) => {
    const { router, name, folder } = await named(t)
    const { routerLink } = await connectUplink(name, { via: router, nameservers })
    t.true(existsSync(folder))
    Netns.delete(name)
    await untilGone(router, routerLink)
    const { netns: inside } = await sandbox(t)
    const uplink = await connectUplink(inside, { via: router })
    await uplink.disconnect()
    t.false(existsSync(folder))
  },
)

/** The kernel deletes a pair asynchronously when the namespace of one end is gone. */
async function untilGone(router: Netns, link: string) {
  await using net = await RtNetlink.open({ netns: router })
  while ((await net.links.list()).some(({ name }) => name === link)) await sleep(10)
}

kernelTest('calls for another router leave the file of a living uplink alone', async (t) => {
  const { router, name, file } = await named(t)
  const { router: other } = await world(t)
  const uplink = await connectUplink(name, { via: router, nameservers })
  const before = describe(file)
  await t.throwsAsync(connectUplink(name, { via: other, nameservers: ['192.0.2.54'] }), { code: 'EEXIST' })
  await disconnectUplink(name, { via: other })
  const { netns: inside } = await sandbox(t)
  await (await connectUplink(inside, { via: other })).disconnect()
  t.deepEqual(describe(file), before)
  await uplink.disconnect()
  t.false(existsSync(file))
})

kernelTest('a process without the names of namespaces leaves the files alone', async (t) => {
  const { router, name, file } = await named(t)
  const uplink = await connectUplink(name, { via: router, nameservers })
  const before = describe(file)
  const script = `
    import { connectUplink, Netns } from ${JSON.stringify(new URL('../../../lib/index.js', import.meta.url).href)}
    const inside = Netns.create()
    await (await connectUplink(inside)).disconnect()`
  const run = ['mount -t tmpfs none /run', 'exec "$0" --input-type=module -e "$1"'].join(' && ')
  const { status, stderr } = spawnSync('unshare', ['-nm', 'sh', '-c', run, process.execPath, script], {
    encoding: 'utf8',
    timeout: 20_000,
  })
  t.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  t.deepEqual(describe(file), before)
  await uplink.disconnect()
})

kernelTest(
  'an uplink of a namespace that is gone leaves the file of the next one with its name',
  async (t) => {
    const { router, name, file } = await named(t)
    const old = await connectUplink(name, { via: router, nameservers })
    Netns.delete(name)
    Netns.create(name).close()
    const uplink = await connectUplink(name, { via: router, nameservers })
    await old.disconnect()
    t.true(existsSync(file))
    await uplink.disconnect()
    t.false(existsSync(file))
  },
)

kernelTest(
  'a file that cannot be written is a warning, and does not keep the uplink from working',
  async (t) => {
    const { router, name, folder } = await named(t)
    const before = await snapshot(router)
    mkdirSync('/etc/netns', { recursive: true })
    writeFileSync(folder, '')
    const uplink = await connectUplink(name, { via: router, nameservers })
    t.like(uplink.warnings[0], { kind: 'nameservers', reason: 'unwritable' })
    t.deepEqual(uplink.nameservers, [])
    await disconnectUplink(name, { via: router })
    await uplink.disconnect()
    t.deepEqual(await snapshot(router), before)
    t.is(readFileSync(folder, 'utf8'), '')
  },
)

kernelTest('the file and its folder are readable for all, whatever the umask is', async (t) => {
  const { router, name, folder, file } = await named(t)
  const umask = process.umask(0o077)
  const uplink = await connectUplink(name, { via: router, nameservers }).finally(() => process.umask(umask))
  t.is(lstatSync(file).mode & 0o777, 0o644)
  t.is(lstatSync(folder).mode & 0o777, 0o755)
  await uplink.disconnect()
})

kernelTest('a later call that wants no name servers removes the file', async (t) => {
  const { router, name, folder } = await named(t)
  const uplink = await connectUplink(name, { via: router, nameservers })
  t.deepEqual((await connectUplink(name, { via: router, nameservers: [] })).nameservers, [])
  t.false(existsSync(folder))
  await uplink.disconnect()
})
