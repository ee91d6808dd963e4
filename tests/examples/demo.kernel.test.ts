import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { formatRuleset, Netns, Nftables } from '../../lib/index.js'
import { kernelTest, NOBODY, toolTest, userTest } from '../helpers/needs.js'
import { sandbox } from '../helpers/sandbox.js'
import { executedBy } from '../helpers/strace.js'

const demo = fileURLToPath(new URL('../../examples/demo.js', import.meta.url))
const straceTest = toolTest('strace')

/** Runs the demo in a namespace of the test's own, which it takes for the host's. */
async function stage(t: Parameters<typeof sandbox>[0]) {
  const { netns, net } = await sandbox(t)
  const before = Netns.list()
  return {
    net,
    start: (...args: string[]) =>
      netns.spawn(process.execPath, [demo, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }),
    /** The state that the demo has to restore. */
    left: async () => ({
      links: (await net.links.list()).map(({ name }) => name).filter((name) => name !== 'lo'),
      names: await namesAdded(before),
      rules: await rulesOf(netns),
      forwarding: netns.sysctl.get('net.ipv4.ip_forward'),
    }),
  }
}

/** Names that were added and stay. A demo that another process runs at the same time deletes its own within seconds. */
async function namesAdded(before: readonly string[]): Promise<string[]> {
  for (const deadline = performance.now() + 10_000; ; await sleep(100)) {
    const added = Netns.list().filter((name) => /^netns\d+$/.test(name) && !before.includes(name))
    if (added.length === 0 || performance.now() > deadline) return added
  }
}

const NOTHING = { links: [], names: [], rules: '', forwarding: '0' }

async function rulesOf(netns: Netns): Promise<string> {
  await using nft = await Nftables.open({ netns })
  return formatRuleset(await nft.ruleset())
}

type Child = ReturnType<Awaited<ReturnType<typeof stage>>['start']>

/** Collects output and exit status; calls `onLine` with each line as it is printed. */
function follow(child: Child, onLine: (line: string) => void = () => {}) {
  let output = ''
  child.stdout.on('data', (data) => {
    output += data
    for (const line of String(data).trim().split('\n')) onLine(line)
  })
  child.stderr.on('data', (data) => {
    output += data
  })
  return new Promise<{ output: string; code: number | null }>((resolve) => {
    child.on('close', (code) => resolve({ output, code }))
  })
}

kernelTest('the demo runs every step and leaves nothing behind', async (t) => {
  const { start, left } = await stage(t)
  const { output, code } = await follow(start())
  t.is(code, 0, output)
  const lines = output.trim().split('\n')
  t.true(lines.length >= 18 && lines.length <= 32, output)
  for (const step of [
    /netns\d+ was created/,
    /inside is one link: lo, mtu 65536, DOWN/,
    /echo 127\.0\.0\.1 inside: network is unreachable/,
    /lo was set up/,
    /echo 127\.0\.0\.1 inside: answered in/,
    /a veth pair, created in one request/,
    /echo 10\.1\.\d+\.1 from outside: answered in/,
    /echo 10\.1\.\d+\.2 from inside: answered in/,
    /10\.1\.\d+\.0\/24 dev veth\d scope link/,
    /the state of port veth\d: forwarding/,
    /the firewall inside: no rules/,
    /a request from a guest namespace: network is unreachable/,
    /answered by the web server: you are 10\.1\.\d+\.1/,
    /after disconnecting the uplink: network is unreachable/,
    /an isolated program sees: 0 links/,
    /everything was removed/,
  ]) {
    t.regex(output, step)
  }
  t.deepEqual(await left(), NOTHING)
})

for (const [signal, where] of [
  ['SIGINT', 'a veth pair'],
  ['SIGTERM', 'a veth pair'],
  ['SIGINT', 'an uplink for'],
] as const) {
  kernelTest(`the demo leaves nothing behind when stopped by ${signal} at “${where}”`, async (t) => {
    const { start, left } = await stage(t)
    const child = start('--pause', '200')
    const { output, code } = await follow(child, (line) => {
      if (line.includes(where)) child.kill(signal)
    })
    t.is(code, 130, output)
    t.regex(output, new RegExp(`stopped by ${signal}.*everything was removed`, 's'))
    t.deepEqual(await left(), NOTHING)
  })
}

kernelTest('the demo leaves nothing behind when a step fails', async (t) => {
  const { net, start, left } = await stage(t)
  const child = start('--pause', '200')
  const { output, code } = await follow(child, (line) => {
    const pair = /request: (veth\d)/.exec(line)?.[1]
    if (pair) void net.links.delete(pair)
  })
  t.is(code, 1, output)
  t.regex(output, /ENODEV.*everything was removed/s)
  t.deepEqual(await left(), NOTHING)
})

straceTest('the demo executes no program but node', (t) => {
  const { programs, output, status } = executedBy('unshare', '-n', process.execPath, demo)
  t.is(status, 0)
  t.regex(output, /everything was removed/)
  t.deepEqual(
    [...new Set(programs.map((path) => path.split('/').at(-1)))],
    ['unshare', process.execPath.split('/').at(-1)],
  )
})

userTest('without privileges the demo prints its requirements in one line', (t) => {
  const script = `process.setgid(${NOBODY}); process.setuid(${NOBODY}); await import(${JSON.stringify(demo)})`
  // Imported before the change of user, who cannot read the package's folder.
  const run = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', `import 'rtnetlink'; import 'node:util'; ${script}`],
    { encoding: 'utf8', cwd: process.cwd() },
  )
  t.is(run.status, 1, run.stderr)
  const lines = run.stderr.trim().split('\n')
  t.is(lines.length, 1, run.stderr)
  t.regex(lines[0] ?? '', /^This needs root \(.*unshare -Urnm/)
})
