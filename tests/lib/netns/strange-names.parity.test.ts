import { spawnSync } from 'node:child_process'
import { stockEnv, testUnless, toolTest } from '../../helpers/needs.js'
import { cannotUnshare, runModule, unshared } from '../../helpers/program.js'

const stockTest = toolTest('ip', 'unshare', 'mount', 'mkfifo')

/**
 * Files in the folder of names, each made by a shell: `other` is the name of a namespace, which is also mounted on
 * /run/other/ns.
 */
const STRANGE: Readonly<Record<string, string>> = {
  'dangling-link': 'ln -s /nowhere "$1"',
  'link-to-itself': 'ln -s link-to-itself "$1"',
  'link-to-a-name': 'ln -s other "$1"',
  'link-to-a-mount': 'ln -s /run/other/ns "$1"',
  'link-to-a-file': 'ln -s /etc/passwd "$1"',
  'link-to-a-folder': 'ln -s /run/other "$1"',
  'link-to-a-process': 'ln -s /proc/1/ns/net "$1"',
  'plain-file': 'echo text >"$1"',
  'unreadable-file': ': >"$1"; chmod 0 "$1"',
  'mounted-twice': ': >"$1"; mount --bind /run/netns/other "$1"; mount --bind /run/other/ns "$1"',
  'mounted-four-times': ': >"$1"; for i in 1 2 3 4; do mount --bind /run/netns/other "$1"; done',
  'another-type-of-namespace': ': >"$1"; mount --bind /proc/self/ns/uts "$1"',
  'a-file-mounted': ': >"$1"; mount --bind /etc/passwd "$1"',
  'an-empty-folder': 'mkdir "$1"',
  'a-mounted-folder': 'mkdir "$1"; mount -t tmpfs tmpfs "$1"',
  pipe: 'mkfifo "$1"',
  'a name with spaces': ': >"$1"; mount --bind /run/netns/other "$1"',
  '-r': ': >"$1"; mount --bind /run/netns/other "$1"',
}

const SETUP = `ip netns add other && mkdir /run/other && : >/run/other/ns &&
  mount --bind /run/netns/other /run/other/ns`
const make = (name: string) => `${SETUP} && (set -- './${name}'; cd /run/netns; ${STRANGE[name]}) 2>/dev/null`

/** Runs the stock `ip` in new mounts in which a strange name exists. */
function stock(name: string, ...words: string[]): { done: boolean; stdout: string } {
  const [program = '', ...args] = [...unshared('-m', make(name)), 'timeout', '20', 'ip', 'netns', ...words]
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', env: stockEnv })
  return { done: status === 0, stdout }
}

/** The same through the library. */
function ours(name: string, body: string): unknown {
  return runModule(
    `
    import { readdirSync, existsSync } from 'node:fs'
    const name = ${JSON.stringify(name)}
    const attempt = (act) => {
      try { return { done: true, result: act() } } catch (error) { return { done: false, error: error.name + ' ' + error.code, message: error.message } }
    }
    const files = () => readdirSync('/proc/self/fd').length
    /** Whether the other namespace has kept its name and its other mount. */
    const othersAreKept = () => {
      using = [lib.Netns.open('other'), lib.Netns.open({ path: '/run/other/ns' })]
      return using[0].equals(using[1])
    }
    let using
    ${body}`,
    unshared('-m', make(name)),
    { env: stockEnv },
  )
}

for (const name of Object.keys(STRANGE)) {
  stockTest(`a strange name is listed, opened, taken and attached to as ip(8) does: ${name}`, (t) => {
    const result = ours(
      name,
      `const before = files()
      const opened = attempt(() => lib.Netns.open(name).close())
      const created = attempt(() => lib.Netns.create(name).close())
      const attached = attempt(() => lib.Netns.attach(name, 'other').close())
      const leaked = files() - before
      console.log(JSON.stringify({ list: lib.Netns.list(), opened, created, attached, leaked, kept: othersAreKept() }))`,
    ) as Record<string, { done: boolean; error?: string; message?: string }>
    // ip(8) opens each name, and waits for a writer of the pipe.
    if (name !== 'pipe') {
      const list = stock(name, 'list')
        .stdout.split('\n')
        .map((line) => line.replace(/ \(id: \d+\)$/, ''))
      t.deepEqual(result['list'] as unknown, list.filter(Boolean).sort())
    }
    const { opened, created, attached } = result
    t.is(opened?.done, stock(name, 'exec', name, 'true').done, opened?.message)
    if (!opened?.done)
      t.regex(opened?.error ?? '', /^(SystemError E(NOENT|LOOP|ACCES)|ArgumentError ERR_NETLINK_ARGUMENT)$/)
    for (const taken of [created, attached]) {
      t.is(taken?.error, 'SystemError EEXIST')
      const text = opened?.done
        ? /with this name already exists$/
        : /is no network namespace; deleting the name removes it$/
      t.regex(taken?.message ?? '', text)
    }
    t.false(stock(name, 'add', name).done)
    t.like(result, { leaked: 0, kept: true } as object)
  })

  stockTest(`a strange name is deleted, and nothing else: ${name}`, (t) => {
    const result = ours(
      name,
      `const deleted = attempt(() => lib.Netns.delete(name))
      const again = attempt(() => lib.Netns.delete(name))
      const created = attempt(() => lib.Netns.create(name).close())
      console.log(JSON.stringify({ deleted, again: again.error, created, kept: othersAreKept(), etc: existsSync('/etc/passwd') }))`,
    )
    t.deepEqual(result, {
      deleted: { done: true },
      again: 'SystemError ENOENT',
      created: { done: true },
      kept: true,
      etc: true,
    })
  })
}

stockTest('a folder that has files is not deleted', (t) => {
  const result = ours(
    'an-empty-folder',
    `import { writeFileSync } from 'node:fs'
    writeFileSync('/run/netns/' + name + '/file', '')
    console.log(JSON.stringify(attempt(() => lib.Netns.delete(name)).error))`,
  )
  t.is(result, 'SystemError ENOTEMPTY')
})

stockTest('a monitor emits strange names as the list has them', (t) => {
  const making = Object.entries(STRANGE).map(
    ([name, make]) =>
      `spawnSync('sh', ['-c', ${JSON.stringify(`cd /run/netns; ${make}`)}, 'sh', './' + ${JSON.stringify(name)}])`,
  )
  const result = ours(
    'plain-file',
    `import { spawnSync } from 'node:child_process'
    import { utimesSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    const names = new Set()
    const events = []
    let synced
    const start = new Promise((resolve) => { synced = resolve })
    const stop = new AbortController()
    const watching = (async () => {
      for await (const { type, name } of lib.Netns.monitor({ signal: stop.signal })) {
        if (type === 'synced') synced()
        else names[type === 'added' ? 'add' : 'delete'](name)
      }
    })().catch(() => {})
    const untilListed = async () => {
      const same = () => JSON.stringify([...names].sort()) === JSON.stringify(lib.Netns.list())
      for (let i = 0; i < 500 && !same(); i++) await sleep(10)
      return same()
    }
    await start
    const first = await untilListed()
    ${making.join('\n')}
    const all = await untilListed()
    const count = names.size
    for (const name of lib.Netns.list()) lib.Netns.delete(name)
    console.log(JSON.stringify({ first, all, count, none: await untilListed() && names.size === 0 }))
    stop.abort()
    await watching`,
  )
  t.deepEqual(result, { first: true, all: true, count: Object.keys(STRANGE).length + 1, none: true })
})

testUnless(cannotUnshare('-Urnm'))('a name that belongs to another user namespace is not deleted', (t) => {
  // It is mounted outside, and a user namespace may not unmount what it has inherited.
  const result = runModule(
    `try { lib.Netns.delete('outer') } catch (error) {
       console.log(JSON.stringify({ code: error.code, list: lib.Netns.list() }))
     }`,
    [...unshared('-m', 'ip netns add outer'), 'unshare', '-Urnm'],
    { env: stockEnv },
  ) as { code: string; list: string[] }
  t.regex(result.code, /^(EBUSY|EACCES|EPERM)$/)
  t.deepEqual(result.list, ['outer'])
})
