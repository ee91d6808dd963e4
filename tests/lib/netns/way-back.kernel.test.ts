import { testUnless } from '../../helpers/needs.js'
import { cannotUnshare, runModule, unshared } from '../../helpers/program.js'

const outcomes = `
  import { readdirSync, readlinkSync, existsSync } from 'node:fs'
  import { spawn } from 'node:child_process'
  import { createServer } from 'node:net'
  import { once } from 'node:events'
  const own = () => readlinkSync('/proc/thread-self/ns/net')
  const files = () => readdirSync('/proc/self/fd').length
  const names = () => existsSync('/run/netns') ? readdirSync('/run/netns') : []
  const attempt = async (act) => {
    const [before, home] = [files(), own()]
    let result
    try {
      await act()
      result = 'done'
    } catch (error) {
      result = error.name + ' ' + error.code + (/could not return/.test(error.message) ? ', no way back' : '')
    }
    return { result, leaked: files() - before, moved: own() !== home, names: names() }
  }`

/** What a call leaves that was refused before anything was done. */
const REFUSED = { result: 'SystemError EPERM, no way back', leaked: 0, moved: false, names: [] }

/** A user namespace whose network namespace belongs to another one: it can be left, and not be entered again. */
const strangerTest = testUnless(cannotUnshare('-Urm'))

strangerTest('a namespace is not made where the thread could not come back', (t) => {
  const results = runModule(
    `${outcomes}
    // Opened before the files are counted: the first entry starts the thread pool.
    await attempt(() => lib.Netns.create())
    console.log(JSON.stringify({
      named: await attempt(() => lib.Netns.create('x')),
      unnamed: await attempt(() => lib.Netns.create()),
      isolate: await attempt(() => lib.isolate('true')),
      'isolate with loopback': await attempt(() => lib.isolate('true', [], { loopback: true })),
    }))`,
    unshared('-Urm'),
  )
  t.deepEqual(results, {
    named: REFUSED,
    unnamed: REFUSED,
    isolate: REFUSED,
    'isolate with loopback': REFUSED,
  })
})

strangerTest('no namespace is entered where the thread could not come back', (t) => {
  // The child's namespace belongs to this user namespace: it can be entered.
  const results = runModule(
    `${outcomes}
    const child = spawn('unshare', ['-n', 'sh', '-c', 'echo ready; exec sleep 60'])
    await once(child.stdout, 'data')
    const netns = lib.Netns.open({ pid: child.pid })
    const acts = {
      run: () => netns.run(() => 1),
      spawn: () => netns.spawn('true'),
      'spawn with mounts': () => netns.spawn('true', [], { mounts: true }),
      exec: () => netns.exec('true'),
      worker: () => netns.worker('', { eval: true }),
      listen: () => netns.listen(createServer()),
      connect: () => netns.connect({ host: '127.0.0.1', port: 1 }),
      udp: () => netns.udp(),
      'sysctl get': () => netns.sysctl.get('net.ipv4.ip_forward'),
      'sysctl set': () => netns.sysctl.set('net.ipv4.ip_forward', 0),
      'RtNetlink.open': () => lib.RtNetlink.open({ netns }),
      'Nftables.open': () => lib.Nftables.open({ netns }),
      echo: () => lib.echo('127.0.0.1', { netns }),
    }
    await attempt(acts.run)
    const results = {}
    for (const [name, act] of Object.entries(acts)) results[name] = await attempt(act)
    child.kill()
    console.log(JSON.stringify(results))`,
    unshared('-Urm'),
  ) as Record<string, unknown>
  t.is(Object.keys(results).length, 13)
  for (const [name, result] of Object.entries(results)) t.deepEqual(result, REFUSED, name)
})

strangerTest('the own namespace, which could not be entered, is usable', (t) => {
  const results = runModule(
    `${outcomes}
    const netns = lib.Netns.current()
    const net = await lib.RtNetlink.open()
    console.log(JSON.stringify({
      lo: (await net.links.get('lo')).name,
      run: netns.run(own) === own(),
      exec: (await netns.exec('echo', ['out'])).stdout,
    }))
    await net.close()`,
    unshared('-Urm'),
  )
  t.deepEqual(results, { lo: 'lo', run: true, exec: 'out\n' })
})

testUnless(cannotUnshare('-Urnm'))('a namespace can be left that belongs to this user namespace', (t) => {
  const result = runModule(
    `${outcomes}
    await attempt(() => lib.Netns.create().close())
    console.log(JSON.stringify(await attempt(() => lib.Netns.create('x').close())))`,
    unshared('-Urnm'),
  )
  t.deepEqual(result, { result: 'done', leaked: 0, moved: false, names: ['x'] })
})
