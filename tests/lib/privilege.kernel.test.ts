import { spawnSync } from 'node:child_process'
import { kernelTest } from '../helpers/needs.js'

const library = JSON.stringify(new URL('../../lib/index.js', import.meta.url).href)

/** Runs a module as nobody; gives the errors that it prints, a line each. */
function asNobody(body: string): string[] {
  const script = `
    import { Netns, Nftables, RtNetlink, connectOut, echo, isolate } from ${library}
    // Dropped only now: nobody may not read this folder.
    process.setgid(65534); process.setuid(65534)
    const say = async (act) => { try { console.log('done', JSON.stringify(await act())) } catch (e) { console.log(e.name, e.code, e.message) } }
    ${body}`
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  return [...run.stdout.trim().split('\n'), ...(run.stderr ? [run.stderr] : [])]
}

kernelTest('without privileges one may look', (t) => {
  const lines = asNobody(`
    const net = await RtNetlink.open()
    await say(async () => (await net.links.get('lo')).name)
    await say(async () => (await net.links.list()).some(({ name }) => name === 'lo'))
    await say(async () => (await net.routes.list()).length > 0)`)
  t.deepEqual(lines, ['done "lo"', 'done true', 'done true'])
})

kernelTest('without privileges one may not touch: EPERM, with what can be done', (t) => {
  const lines = asNobody(`
    const net = await RtNetlink.open()
    await say(() => net.links.set('lo', { up: false }))
    await say(() => net.links.add({ kind: 'ifb' }))
    await say(() => net.addresses.add({ link: 'lo', address: '192.0.2.1/32' }))
    await say(() => net.routes.add({ dst: '192.0.2.0/24', oif: 1 }))
    await say(() => Netns.create())
    await say(() => Netns.create('rtnl-test-never'))`)
  t.is(lines.length, 6)
  for (const line of lines.slice(0, 4))
    t.regex(line, /^NetlinkError EPERM RTM_NEW.*run as root.*unshare -Urnm/)
  t.regex(lines[4] ?? '', /^SystemError EPERM unshare .*run as root/)
  t.regex(lines[5] ?? '', /^SystemError (EPERM|EACCES) .*run as root/)
})

kernelTest(
  'without privileges there is no firewall, no way out, no isolation: EPERM, with what can be done',
  (t) => {
    const lines = asNobody(`
    await say(() => Nftables.open())
    await say(() => connectOut({ path: '/proc/self/ns/net' }))
    await say(() => isolate('true'))
    await say(() => Netns.current().setId(7))
    await say(async () => Netns.attach('rtnl-test-never', Netns.current()))`)
    t.is(lines.length, 5)
    for (const line of lines) t.regex(line, /^(NetlinkError|SystemError) (EPERM|EACCES) .*run as root/)
  },
)
