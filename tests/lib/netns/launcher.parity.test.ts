import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { kernelTest, NOBODY, userTest } from '../../helpers/needs.js'
import { runModule } from '../../helpers/program.js'

/*
 * With `mounts`, a program is started by the launcher, otherwise by `child_process` itself: that is the oracle. Both
 * start each program here, and what it prints and how it ends must be the same.
 */

/** Starts a program in both ways, and prints how both ended. */
const RUN = `
  import { buffer } from 'node:stream/consumers'
  import { once } from 'node:events'
  const netns = lib.Netns.create()
  async function ending(child, input) {
    const output = [child.stdout, child.stderr].map((stream) => stream && buffer(stream))
    const { spawnfile, spawnargs } = child
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    const failure = new Promise((resolve) => child.once('error', resolve))
    const end = await Promise.race([once(child, 'close'), failure])
    const [stdout, stderr] = await Promise.all(output)
    const error = end instanceof Error && { ...end, message: end.message }
    return { spawnfile, spawnargs, end: error || end, stdout: String(stdout), stderr: String(stderr) }
  }
  async function spawned(command, args, options, input) {
    const results = []
    for (const mounts of [false, true]) {
      try {
        results.push(await ending(netns.spawn(command, args, { ...options, mounts }), input))
      } catch (error) {
        results.push({ ...error, message: error.message })
      }
    }
    return results
  }
  async function executed(command, args, options) {
    const results = []
    for (const mounts of [false, true]) {
      results.push(await netns.exec(command, args, { ...options, mounts }).then(
        (output) => output,
        (error) => ({ ...error, message: error.message, name: error.name, stack: error.stack?.includes('launcher') }),
      ))
    }
    return results
  }
  const print = (results) => console.log(JSON.stringify(results))`

interface Ending {
  readonly end?: unknown
  readonly stdout?: string
  readonly stderr?: string
}

/** Compares both ways; returns what came out. */
function alike(t: ExecutionContext, expression: string, prepare = ''): Ending {
  const [ending = {}] = allAlike(t, [expression], prepare)
  return ending
}

/** Compares several, one after the other, in one process. */
function allAlike(t: ExecutionContext, expressions: readonly string[], prepare = ''): Ending[] {
  const results = expressions.map((expression) => `await ${expression}`).join()
  const pairs = runModule(`${RUN}\n${prepare}\nprint([${results}])`) as [Ending, Ending][]
  return pairs.map(([plain, mounted], i) => {
    t.deepEqual(mounted, plain, expressions[i])
    return plain
  })
}

/** A folder with programs, and files that are none. */
function programs(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-test-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  chmodSync(folder, 0o755)
  const add = (name: string, text: string, mode = 0o755) => writeFileSync(join(folder, name), text, { mode })
  add('program', '#!/bin/sh\necho "program $0 $*"\n')
  add('no-interpreter', 'echo "without interpreter $*"\n')
  add('not-executable', '#!/bin/sh\necho never\n', 0o644)
  add('lost-interpreter', '#!/no/such/interpreter\n')
  mkdirSync(join(folder, 'folder'))
  return folder
}

userTest('the user, the group and the supplementary groups are those of child_process', (t) => {
  const prepare = `process.setgroups([4, 24, 27])`
  for (const who of [
    { uid: NOBODY },
    { gid: NOBODY },
    { uid: NOBODY, gid: NOBODY },
    { uid: 0 },
    { uid: null },
    {},
  ]) {
    const script = `grep -E '^(Uid|Gid|Groups|Cap)' /proc/self/status`
    const { stdout } = alike(
      t,
      `spawned('sh', ['-c', ${JSON.stringify(script)}], ${JSON.stringify(who)})`,
      prepare,
    )
    const kept = !('gid' in who) && (who.uid ?? undefined) === undefined
    t.is(/^Groups:\s*4 24 27/m.test(stdout ?? ''), kept, JSON.stringify(who))
  }
})

kernelTest('signals are neither ignored nor blocked', (t) => {
  const script = `grep -E '^Sig(Ign|Blk|Cgt)' /proc/self/status; ulimit -a`
  const { stdout } = alike(t, `spawned('sh', ['-c', ${JSON.stringify(script)}])`)
  t.regex(stdout ?? '', /^SigIgn:\t0+$/m)
  const signals = ['PIPE', 'XFSZ', 'TERM', 'KILL', 'USR1']
  const endings = allAlike(
    t,
    signals.map((signal) => `spawned('sh', ['-c', 'kill -${signal} $$; echo survived'])`),
  )
  t.deepEqual(
    endings.map(({ end }) => end),
    signals.map((signal) => [null, `SIG${signal}`]),
  )
})

userTest('ids that are no user, or above 0x7fffffff, are those of child_process', (t) => {
  const ids = [`{ uid: -1 }`, `{ gid: -1 }`, `{ uid: -1, gid: ${NOBODY} }`]
  // A container may have fewer users.
  if (readFileSync('/proc/self/uid_map', 'utf8').trim().endsWith(' 4294967295'))
    ids.push('{ uid: -5, gid: -7 }')
  allAlike(
    t,
    ids.map((options) => `spawned('sh', ['-c', 'id -u; id -g'], ${options})`),
  )
})

kernelTest('a signal that comes while the launcher starts kills the program, as without mounts', (t) => {
  const signals = ['SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGALRM']
  const delays = [0, 5, 10, 20, 30, 45, 60, 80, 120]
  const body = `
    // The launcher must not open the inspector's port, in no namespace.
    const start = (signal, delay) => {
      const child = netns.spawn('sleep', ['60'], { mounts: true })
      setTimeout(() => child.kill(signal), delay)
      return ending(child)
    }
    const results = []
    for (const signal of ${JSON.stringify(signals)})
      for (const delay of signal === 'SIGUSR1' ? ${JSON.stringify(delays)} : [20, 60]) {
        const { end, stdout, stderr } = await start(signal, delay)
        results.push([signal, delay, end, stdout + stderr])
      }
    print(results)`
  const results = runModule(`${RUN}\n${body}`) as [string, number, unknown, string][]
  for (const [signal, delay, end, output] of results) {
    t.deepEqual([end, output], [[null, signal], ''], `${signal} after ${delay} ms`)
  }
})

kernelTest('the variables reach the program and never the launcher', (t) => {
  const show = `spawned('env', [], { env: ENV })`
  const variables: Readonly<Record<string, string>> = {
    NODE_OPTIONS: '--require=/no/such/module.js',
    NODE_PATH: '/nowhere',
    NODE_EXTRA_CA_CERTS: '/no/such/file',
    NODE_V8_COVERAGE: '/no/such/folder',
    NODE_CHANNEL_FD: '17',
    NODE_DEBUG: 'module,net,esm',
    NODE_PENDING_DEPRECATION: '1',
    UV_THREADPOOL_SIZE: 'x',
    OPENSSL_CONF: '/no/such/file',
    LD_LIBRARY_PATH: '/nowhere',
    LD_PRELOAD: '',
    PATH: '/usr/bin:/bin',
    _: 'underscore',
    '': 'empty',
    'with space': 'a b=c\nd',
    ÄÖ: 'ü€😀',
    BASH_FUNC: '() { :; }',
  }
  const { stdout } = alike(t, show.replace('ENV', JSON.stringify(variables)))
  t.true(stdout?.includes('NODE_OPTIONS=--require=/no/such/module.js'))
  allAlike(t, [
    show.replace('ENV', `Object.create({ PATH: process.env.PATH, inherited: '1' }, {})`),
    show.replace('ENV', `{ PATH: process.env.PATH, undefined: undefined, number: 7, null: null }`),
    `spawned('/usr/bin/env', [], { env: {} })`,
  ])
  alike(
    t,
    `spawned('env', [])`,
    `process.env.NODE_OPTIONS = '--no-such-option'; process.env.OPENSSL_CONF = '/none'`,
  )
  alike(t, `spawned('env', [], { env: {} })`, `process.env.NODE_V8_COVERAGE = '/nowhere'`)
})

kernelTest('long and strange arguments arrive as they are', (t) => {
  const many = `Array.from({ length: 1000 }, (_, i) => String(i).padEnd(200, 'x'))`
  const script = `'echo $#; for one; do printf "%s\\\\n" "$one"; done'`
  const { stdout } = alike(t, `spawned('sh', ['-c', ${script}, 'sh', ...${many}])`)
  t.is(stdout?.length, '1000\n'.length + 1000 * 201)
  const long = 128 * 1024 - 1
  const strange = [
    '',
    ' ',
    '--help',
    '-e',
    '--',
    '*',
    '$HOME',
    "'",
    '"',
    '\\',
    '\n',
    'ä€😀',
    '\ud800',
    '{"a":1}',
  ]
  allAlike(t, [
    `spawned('sh', ['-c', ${script}, 'sh', 'x'.repeat(${long})])`,
    // 1.5 MB, of the 2 MB that the kernel takes.
    `spawned('sh', ['-c', 'echo $#', 'sh', ...Array.from({ length: 15000 }, () => 'x'.repeat(100))])`,
    `spawned('sh', ['-c', ${script}, ...${JSON.stringify(strange)}])`,
    `spawned('sh', ['-c', ${script}, 'sh', 7, true])`,
    `spawned('sh', ['-c', ${script}])`,
  ])
})

kernelTest('the files of stdio, and no others, are open', (t) => {
  const list = `['-c', 'echo $(ls /proc/self/fd)']`
  const tables = [
    `['ignore', 'pipe', 'pipe', 'ignore']`,
    `['pipe', 'pipe', 'pipe', 'ignore', 'pipe']`,
    `['pipe', 'pipe', 'pipe', null, undefined, 'ignore', 'pipe', 'ignore', 'ignore', 'overlapped']`,
    `['pipe', 'pipe', 'pipe', ...Array(30).fill('ignore'), 'pipe']`,
    `['pipe', 'pipe', 'pipe', 1, 2, 0]`,
    `['pipe', 'pipe']`,
    `'pipe'`,
    `['ignore', 'pipe', 'ignore']`,
  ]
  allAlike(t, [
    ...tables.map((stdio) => `spawned('sh', ${list}, { stdio: ${stdio} })`),
    `spawned('cat', [], {}, 'input')`,
    `spawned('sh', ['-c', 'echo out; echo err >&2; exit 7'])`,
  ])
})

kernelTest('a program is searched as child_process does', (t) => {
  const folder = programs(t)
  const path = JSON.stringify({ PATH: `/nowhere:${folder}:/bin:/usr/bin` })
  const searches = [
    [`'program'`, `{ env: ${path} }`],
    [`'no-interpreter'`, `{ env: ${path} }`],
    [`'not-executable'`, `{ env: ${path} }`],
    [`'folder'`, `{ env: ${path} }`],
    [`'${folder}/program'`, `{ env: {} }`],
    [`'${folder}/no-interpreter'`, `{}`],
    [`'${folder}/not-executable'`, `{}`],
    [`'${folder}/folder'`, `{}`],
    [`'${folder}/missing'`, `{}`],
    [`'${folder}/program/not-a-folder'`, `{}`],
    [`'./program'`, `{ cwd: '${folder}' }`],
    [`'./program'`, `{ cwd: new URL('file://${folder}/') }`],
    [`'folder/../program'`, `{ cwd: '${folder}' }`],
    [`'./program'`, `{ cwd: '/' }`],
    [`'missing/../program'`, `{ cwd: '${folder}' }`],
    [`'${folder}/missing/../program'`, `{}`],
    [`'program'`, `{ cwd: '${folder}', env: { PATH: ':/nowhere' } }`],
    [`'program'`, `{ cwd: '${folder}', env: { PATH: '' } }`],
    [`'program'`, `{ cwd: '${folder}', env: { PATH: 'folder:.' } }`],
    [`'sh'`, `{ env: {} }`],
    [`'rtnl-no-such-program'`, `{}`],
    [`'pwd'`, `{ cwd: '/no/such/folder' }`],
    [`'pwd'`, `{ cwd: '/etc/passwd' }`],
    [`'pwd'`, `{ cwd: '${folder}' }`],
    [`'sh'`, `{ argv0: 'other name' }`],
    [`'rtnl-no-such-program'`, `{ argv0: 'other name' }`],
  ]
  allAlike(
    t,
    searches.flatMap(([command, options]) => [
      `spawned(${command}, ['-c', 'echo $0'], ${options})`,
      // execFile has no argv0.
      ...(options?.includes('argv0') ? [] : [`executed(${command}, ['-c', 'echo $0'], ${options})`]),
    ]),
  )
})

kernelTest('a shell, a session of its own, a timeout and a failure are those of child_process', (t) => {
  const shells = [`true`, `'/bin/sh'`, `'sh'`, `'/no/such/shell'`, `false`, `''`]
  allAlike(
    t,
    shells.flatMap((shell) => [
      `spawned('echo $((6 * 7))', ['$0', '"a b"'], { shell: ${shell} })`,
      `executed('echo $((6 * 7)); exit 3', ['$0'], { shell: ${shell} })`,
    ]),
  )
  const session = `'read pid name state parent group session rest </proc/self/stat; test $session = $$ && echo leader'`
  t.is(alike(t, `spawned('sh', ['-c', ${session}], { detached: true })`).stdout, 'leader\n')
  t.is(alike(t, `spawned('sh', ['-c', ${session}])`).stdout, '')
  allAlike(t, [
    `executed('sh', ['-c', 'echo out; echo err >&2; exit 3'])`,
    `executed('sh', ['-c', 'kill -9 $$'])`,
    `executed('sleep', ['60'], { timeout: 500 })`,
    `executed('sh', ['-c', 'echo too long'], { maxBuffer: 3 })`,
    `spawned('sleep', ['60'], { timeout: 500, killSignal: 'SIGINT' })`,
  ])
})

kernelTest('a folder that is deleted while the program starts in it is no failure', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-test-'))
  const prepare = `
    import { rmdirSync } from 'node:fs'
    process.chdir('${folder}')
    rmdirSync('${folder}')`
  alike(t, `spawned('echo', ['here'])`, prepare)
})

kernelTest(
  'what only the launcher can find out is told on standard error, with the statuses of env(1)',
  (t) => {
    const folder = programs(t)
    const [, lost] = runModule(`${RUN}\nprint(await spawned('${folder}/lost-interpreter', []))`) as [
      Ending,
      Ending,
    ]
    t.like(lost, {
      end: [127, null],
      stderr: `rtnetlink: execve ${folder}/lost-interpreter: ENOENT: No such file or directory\n`,
    })
  },
)

userTest('a program that the user may not execute exits with status 126', (t) => {
  const folder = programs(t)
  chmodSync(join(folder, 'program'), 0o700)
  const [, denied] = runModule(
    `${RUN}\nprint(await spawned('${folder}/program', [], { uid: ${NOBODY} }))`,
  ) as [Ending, Ending]
  t.like(denied, {
    end: [126, null],
    stderr: `rtnetlink: execve ${folder}/program: EACCES: Permission denied\n`,
  })
})
