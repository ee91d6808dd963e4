import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import { kernelTest, NOBODY, toolTest, userTest } from '../../helpers/needs.js'
import { moduleArgs, TIMEOUT_MS } from '../../helpers/program.js'

/** Files that a process has inherited, where Node does not mark them as close-on-exec by itself, and where it does. */
const INHERITED = [7, 20, 251]

/** Runs a module in a process that has inherited files with the numbers of `INHERITED`; returns what it prints. */
function withInherited(t: ExecutionContext, body: string, through: readonly string[] = []): string {
  const file = openSync('/dev/null', 'r')
  t.teardown(() => closeSync(file))
  const stdio = Array.from({ length: 252 }, (_, fd) => (INHERITED.includes(fd) ? file : ('ignore' as const)))
  const [program = '', ...args] = [...through, process.execPath, ...moduleArgs(PRELUDE + body)]
  const run = spawnSync(program, args, {
    stdio: ['ignore', 'pipe', 'pipe', ...stdio.slice(3)],
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  })
  t.is(run.stderr, '')
  return run.stdout.trim()
}

const PRELUDE = `
  import { once } from 'node:events'
  import { fstatSync } from 'node:fs'
  import { text } from 'node:stream/consumers'
  const netns = lib.Netns.create()
  // Sorted as text; one of them is the folder itself.
  const LIST = ['-c', 'echo $(ls /proc/self/fd)']
  const listed = async (child) => (await text((await child).stdout)).trim()
  const stdio = (entries) => Array.from({ length: Math.max(...Object.keys(entries)) + 1 },
    (_, fd) => entries[fd] ?? (fd < 3 ? ['ignore', 'pipe', 'inherit'][fd] : 'ignore'))
  for (const fd of ${JSON.stringify(INHERITED)}) fstatSync(fd)
`

const WAYS: Readonly<Record<string, string>> = {
  spawn: `listed(netns.spawn('sh', LIST, OPTIONS))`,
  exec: `netns.exec('sh', LIST, OPTIONS).then(({ stdout }) => stdout.trim())`,
  isolate: `listed(lib.isolate('sh', LIST, OPTIONS))`,
}

for (const [way, expression] of Object.entries(WAYS)) {
  for (const [options, runs] of Object.entries({
    '{}': kernelTest,
    '{ mounts: true }': kernelTest,
    [`{ uid: ${NOBODY}, gid: ${NOBODY} }`]: userTest,
    [`{ mounts: true, uid: ${NOBODY}, gid: ${NOBODY} }`]: userTest,
  })) {
    runs(`${way} with ${options} leaves no inherited file open in the program`, (t) => {
      const body = `console.log(await ${expression.replace('OPTIONS', options)})`
      t.is(withInherited(t, body), '0 1 2 3')
    })
  }
}

kernelTest('a worker’s programs get no inherited file', (t) => {
  const code = `
    const { stdout } = require('child_process').spawnSync('sh', ['-c', 'echo $(ls /proc/self/fd)'])
    require('worker_threads').parentPort.postMessage(String(stdout).trim())`
  const body = `
    const worker = netns.worker(${JSON.stringify(code)}, { eval: true })
    console.log((await once(worker, 'message'))[0])`
  t.is(withInherited(t, body), '0 1 2 3')
})

for (const mounts of [false, true]) {
  const how = mounts ? 'with mounts, ' : ''
  kernelTest(`${how}inherited files that are handed over arrive, at the same number or another`, (t) => {
    const body = `
      const run = (entries) => listed(netns.spawn('sh', LIST, { mounts: ${mounts}, stdio: stdio(entries) }))
      console.log(JSON.stringify([
        await run({ 20: 'inherit', 251: 251 }), await run({ 3: 20 }), await run({ 4: 251, 6: 7 }), await run({ 20: 'ignore' }),
      ]))`
    t.deepEqual(JSON.parse(withInherited(t, body)), ['0 1 2 20 251 3', '0 1 2 3 4', '0 1 2 3 4 6', '0 1 2 3'])
  })
}

kernelTest('inherited files stay open in the process itself', (t) => {
  const body = `
    await listed(netns.spawn('sh', LIST))
    for (const fd of ${JSON.stringify(INHERITED)}) fstatSync(fd)
    console.log('open')`
  t.is(withInherited(t, body), 'open')
})

toolTest('strace')('without close_range(2), the files are marked one by one', (t) => {
  for (const error of ['ENOSYS', 'EPERM', 'EINVAL']) {
    const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `inject=close_range:error=${error}`]
    const body = `console.log(await listed(netns.spawn('sh', LIST, { mounts: true, stdio: stdio({ 5: 20 }) })))`
    t.is(withInherited(t, body, strace), '0 1 2 3 5', error)
  }
})
