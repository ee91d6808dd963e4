import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { NOBODY, testUnless, userTest } from '../helpers/needs.js'
import { cannotUnshare, TIMEOUT_MS } from '../helpers/program.js'

/** The package's folder, and the library's path in it. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const LIBRARY = 'dist/lib/index.js'

/**
 * Runs a program as the user nobody, with the package in a folder that this user may read: in a network namespace that
 * belongs to root, as another one does, whose name is `outer`.
 */
function asNobody(t: ExecutionContext, command: readonly string[], input = '') {
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-test-'))
  t.teardown(() => rmdirSync(folder))
  const script = `mount -t tmpfs tmpfs /run && mkdir /run/netns && : >/run/netns/outer &&
    unshare -n mount --bind /proc/self/ns/net /run/netns/outer &&
    chmod 755 "$1" && mount --bind "${ROOT}" "$1" && cd "$1" && shift &&
    exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups "$@"`
  return spawnSync('unshare', ['-nm', 'sh', '-c', script, 'sh', folder, ...command], {
    encoding: 'utf8',
    input,
    timeout: TIMEOUT_MS,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', LC_ALL: 'C' },
  })
}

const moduleOf = (body: string) => `
  import * as lib from './${LIBRARY}'
  import { createServer } from 'node:net'
  const messageOf = async (act) => { try { await act(); return 'done' } catch (error) { return error.message } }
  ${body}`

/** What is refused, with the call and its code. */
const REFUSED: readonly [code: string, call: string][] = [
  ['EPERM', `lib.Netns.create()`],
  ['EPERM', `lib.Netns.create('x')`],
  ['EPERM', `lib.Netns.delete('outer')`],
  ['EPERM', `lib.Netns.attach('x', lib.Netns.current())`],
  ['EPERM', `lib.Netns.open('outer').run(() => 1)`],
  ['EPERM', `lib.RtNetlink.open({ netns: 'outer' })`],
  ['EPERM', `lib.Netns.open('outer').exec('true')`],
  ['EPERM', `lib.isolate('true')`],
  ['EPERM', `lib.isolate('true', [], { loopback: true, mounts: true })`],
  ['EPERM', `lib.Nftables.open().then((nft) => nft.flush())`],
  ['EPERM', `lib.RtNetlink.open().then((net) => net.links.set('lo', { up: true }))`],
  ['EPERM', `lib.RtNetlink.open().then((net) => net.links.add({ kind: 'ifb', name: 'x' }))`],
  ['EPERM', `lib.Netns.current().setId(7)`],
  ['EACCES', `lib.Netns.current().sysctl.set('net.ipv4.ip_forward', 1)`],
  ['EPERM', `lib.Netns.current().exec('true', [], { mounts: true })`],
  ['EACCES', `lib.Netns.current().listen(createServer(), { port: 80 })`],
  ['EACCES', `lib.Netns.current().udp({ port: 53 })`],
  ['EACCES', `lib.echo('127.0.0.1')`],
  ['EACCES', `lib.echo('::1')`],
  ['EACCES', `lib.Netns.open({ pid: 1 })`],
  ['EACCES', `lib.Netns.open(1)`],
  ['EACCES', `lib.Netns.open({ path: '/proc/1/ns/net' })`],
  ['EACCES', `lib.Netns.identify(1)`],
]

/** Everything above, done in a sandbox. */
const SANDBOXED = `
  import { once } from 'node:events'
  const netns = lib.Netns.create('x')
  const net = await lib.RtNetlink.open({ netns: 'x' })
  await net.links.set('lo', { up: true })
  await net.links.add({ kind: 'veth', name: 'a', peer: { name: 'b' } })
  const own = await lib.RtNetlink.open()
  await own.links.set('lo', { up: true })
  const child = netns.spawn('sleep', ['60'])
  netns.sysctl.set('net.ipv4.ip_forward', 1)
  const isolated = await lib.isolate('true', [], { loopback: true, mounts: true })
  const [status] = await once(isolated, 'exit')
  await netns.setId(7)
  console.log(JSON.stringify({
    names: lib.Netns.list(),
    inside: (await lib.echo('127.0.0.1', { netns: 'x' })).bytes,
    own: (await lib.echo('127.0.0.1')).bytes,
    process: lib.Netns.open(child.pid).equals(netns),
    sys: (await netns.exec('ls', ['/sys/class/net'], { mounts: true })).stdout.split('\\n').sort().join(' '),
    port: (await netns.listen(createServer(), { port: 80 })).unref().address().port,
    status,
  }))
  child.kill()
  lib.Netns.delete('x')
  await net.close()
  await own.close()`

const DONE = { names: ['x'], inside: 64, own: 64, process: true, port: 80, sys: ' a b lo', status: 0 }

/** The commands that hints name, each of them once. */
const commands = new Set<string>()

const hasNode =
  spawnSync('setpriv', [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', process.execPath, '-v'])
    .status === 0
const hintTest = hasNode
  ? userTest
  : testUnless(`${process.execPath} cannot be executed by user ${NOBODY}, or setpriv is not installed`)

hintTest('what is refused for want of a privilege has a hint that ends with a command', (t) => {
  const calls = REFUSED.map(([, call]) => `await messageOf(async () => await ${call})`)
  const body = moduleOf(`console.log(JSON.stringify([${calls.join()}]))`)
  const { stdout, stderr } = asNobody(t, [process.execPath, '--input-type=module'], body)
  t.is(stderr, '')
  const messages = JSON.parse(stdout) as string[]
  for (const [i, message] of messages.entries()) {
    const [code = '', call = ''] = REFUSED[i] ?? []
    t.regex(message, new RegExp(`: ${code}: .*: run as root, or in a sandbox of your own: unshare `), call)
    commands.add(/unshare -U.*$/m.exec(message)?.[0] ?? '')
  }
})

hintTest('names are listed and monitored without any privilege', (t) => {
  const body = moduleOf(`
    const events = []
    for await (const event of lib.Netns.monitor()) {
      events.push(event)
      if (event.type === 'synced') break
    }
    console.log(JSON.stringify({ list: lib.Netns.list(), events }))`)
  const { stdout, stderr } = asNobody(t, [process.execPath, '--input-type=module'], body)
  t.is(stderr, '')
  t.deepEqual(JSON.parse(stdout), {
    list: ['outer'],
    events: [{ type: 'added', name: 'outer' }, { type: 'synced' }],
  })
})

if (cannotUnshare('-Urnm') === undefined) {
  hintTest('the command of each hint, as it stands, ends in a sandbox in which all of that is done', (t) => {
    t.is(commands.size, 1)
    // In a user namespace alone, the folder of the names cannot be written.
    const create = moduleOf(`console.log(await messageOf(() => lib.Netns.create('x')))`)
    const half = asNobody(t, ['unshare', '-Urnm', process.execPath, '--input-type=module'], create)
    t.regex(half.stdout, /^(mount|open) .*: E\w+: .*: run as root, or in a sandbox of your own: unshare -U/)
    commands.add(/unshare -U.*/.exec(half.stdout)?.[0] ?? '')
    t.is(commands.size, 1)
    for (const command of commands) {
      const program = `exec '${process.execPath}' --input-type=module -e '${moduleOf(SANDBOXED).replaceAll("'", `'\\''`)}'\n`
      const { stdout, stderr } = asNobody(t, ['sh', '-c', command], program)
      t.is(stderr, '')
      t.deepEqual(JSON.parse(stdout), DONE)
    }
  })
} else
  test.skip('the command of each hint ends in a sandbox (skipped: user namespaces are not allowed)', (t) =>
    t.fail())

testUnless(cannotUnshare('-Urm'))(
  'where user namespaces are switched off, the hint says how to switch them on',
  (t) => {
    const body = `
    import * as lib from ${JSON.stringify(new URL('../../lib/index.js', import.meta.url).href)}
    try { lib.Netns.create() } catch (error) { console.log(error.message) }`
    const script = `echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all "$@"`
    const command = [process.execPath, '--input-type=module', '-e', body]
    const { stdout, stderr } = spawnSync('unshare', ['-Urm', 'sh', '-c', script, 'sh', ...command], {
      encoding: 'utf8',
    })
    t.is(stderr, '')
    t.regex(
      stdout,
      /after root has allowed user namespaces \(sysctl -w user\.max_user_namespaces=10000\): unshare /,
    )
  },
)

testUnless(cannotUnshare('-Urnm'))(
  'where no more network namespaces are allowed, the setting is named',
  (t) => {
    const body = `
    import * as lib from ${JSON.stringify(new URL('../../lib/index.js', import.meta.url).href)}
    try { lib.Netns.create() } catch (error) { console.log(error.message) }`
    const script = `echo 0 >/proc/sys/user/max_net_namespaces && exec "$@"`
    const command = [process.execPath, '--input-type=module', '-e', body]
    const { stdout } = spawnSync('unshare', ['-Urnm', 'sh', '-c', script, 'sh', ...command], {
      encoding: 'utf8',
    })
    t.is(
      stdout.trim(),
      'unshare a network namespace: ENOSPC: no more network namespaces are allowed; see the setting user.max_net_namespaces',
    )
  },
)
