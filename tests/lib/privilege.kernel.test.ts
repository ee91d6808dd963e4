import { spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { NOBODY, testUnless, userTest } from '../helpers/needs.js'
import { cannotUnshare } from '../helpers/program.js'

const library = JSON.stringify(new URL('../../lib/index.js', import.meta.url).href)

/** Runs a module as the user nobody. Returns what it prints, by lines. */
function asNobody(body: string): string[] {
  const script = `
    import { Netns, Nftables, RtNetlink, connectUplink, echo, isolate } from ${library}
    // Dropped after the import, because this user cannot read the package's folder.
    process.setgid(${NOBODY}); process.setuid(${NOBODY})
    const report = async (act) => { try { console.log('done', JSON.stringify(await act())) } catch (e) { console.log(e.name, e.code, e.message) } }
    ${body}`
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  return [...run.stdout.trim().split('\n'), ...(run.stderr ? [run.stderr] : [])]
}

userTest('without privileges, links and routes can be listed', (t) => {
  const lines = asNobody(`
    const net = await RtNetlink.open()
    await report(async () => (await net.links.get('lo')).name)
    await report(async () => (await net.links.list()).some(({ name }) => name === 'lo'))
    await report(async () => (await net.routes.list()).length > 0)`)
  t.deepEqual(lines, ['done "lo"', 'done true', 'done true'])
})

userTest('without privileges, changes fail with EPERM and a hint', (t) => {
  const lines = asNobody(`
    const net = await RtNetlink.open()
    await report(() => net.links.set('lo', { up: false }))
    await report(() => net.links.add({ kind: 'ifb' }))
    await report(() => net.addresses.add({ link: 'lo', address: '192.0.2.1/32' }))
    await report(() => net.routes.add({ dst: '192.0.2.0/24', oif: 1 }))
    await report(() => Netns.create())
    await report(() => Netns.create('rtnl-test-never'))`)
  t.is(lines.length, 6)
  for (const line of lines.slice(0, 4))
    t.regex(line, /^NetlinkError EPERM RTM_NEW.*run as root.*unshare -Urnm/)
  t.regex(lines[4] ?? '', /^SystemError EPERM unshare .*run as root/)
  t.regex(lines[5] ?? '', /^SystemError (EPERM|EACCES) .*run as root/)
})

userTest('without privileges, nftables, uplinks and isolation fail with EPERM and a hint', (t) => {
  const lines = asNobody(`
    await report(() => Nftables.open())
    await report(() => connectUplink({ path: '/proc/self/ns/net' }))
    await report(() => isolate('true'))
    await report(() => Netns.current().setId(7))
    await report(async () => Netns.attach('rtnl-test-never', Netns.current()))`)
  t.is(lines.length, 5)
  for (const line of lines) t.regex(line, /^(NetlinkError|SystemError) (EPERM|EACCES) .*run as root/)
})

/** What a module prints that reads a setting which can only be written. */
function refusedSetting(through: readonly string[]): string {
  const body = `
    import { Netns } from ${library}
    try { Netns.current().sysctl.get('net.ipv4.route.flush') } catch (error) { console.log(error.message) }`
  const [program = '', ...args] = [...through, process.execPath, '--input-type=module', '-e', body]
  return spawnSync(program, args, { encoding: 'utf8' }).stdout.trim()
}

const isHostRoot = process.geteuid?.() === 0 && readlinkSync('/proc/self/ns/user') === 'user:[4026531837]'
const rootTest = isHostRoot ? userTest : testUnless('needs root in the initial user namespace')

rootTest('root is not told to run as root', (t) => {
  t.is(refusedSetting([]), 'open net.ipv4.route.flush: EACCES: Permission denied')
})

testUnless(cannotUnshare('-Urnm'))('in a sandbox, the hint does not name the sandbox again', (t) => {
  t.is(
    refusedSetting(['unshare', '-Urnm']),
    'open net.ipv4.route.flush: EACCES: Permission denied: this needs root outside of this user namespace',
  )
})
