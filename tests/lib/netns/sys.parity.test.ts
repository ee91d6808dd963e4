import { spawnSync } from 'node:child_process'
import { stockEnv, toolTest } from '../../helpers/needs.js'
import { moduleArgs, TIMEOUT_MS, unshared } from '../../helpers/program.js'

const stockTest = toolTest('ip', 'unshare', 'mount')

/** What a program sees of /sys: the links, and whether the mount is read-only. */
const LOOK = `ls /sys/class/net; grep ' /sys ' /proc/self/mountinfo | tail -1 | cut -d ' ' -f 4-6 | cut -d , -f 1`

/** Namespaces, and what is done to /sys in them before. */
const SANDBOXES: Readonly<Record<string, { flags: string; prepare?: string; outer?: string }>> = {
  'as root': { flags: '-m' },
  'with /sys remounted read-only': { flags: '-m', prepare: 'mount -o remount,ro,bind /sys' },
  'with a file system over /sys': { flags: '-m', prepare: 'mount -t tmpfs tmpfs /sys' },
  'with a read-only file system over /sys': { flags: '-m', prepare: 'mount -t tmpfs -o ro tmpfs /sys' },
  'with a part of /sys masked': { flags: '-m', prepare: 'mount -t tmpfs tmpfs /sys/firmware' },
  'without /sys': { flags: '-m', prepare: 'umount -l /sys' },
  'in a user namespace': { flags: '-Urnm' },
  'in a user namespace, where /sys is read-only': { flags: '-Urnm', outer: 'mount -o remount,ro,bind /sys' },
  'in a user namespace, with /sys remounted read-only': {
    flags: '-Urnm',
    prepare: 'mount -o remount,ro,bind /sys',
  },
  'in a user namespace, where a part of /sys is masked': {
    flags: '-Urnm',
    outer: 'mount -t tmpfs tmpfs /sys/firmware',
  },
  'in a user namespace, where a file system is over /sys': {
    flags: '-Urnm',
    outer: 'mount -t tmpfs tmpfs /sys',
  },
  'in a user namespace, where a read-only file system is over /sys': {
    flags: '-Urnm',
    outer: 'mount -t tmpfs -o ro tmpfs /sys',
  },
  'in a user namespace of another one': { flags: '-Urnm', outer: 'exec unshare -Urnm "$@"; true' },
}

for (const [where, { flags, prepare = 'true', outer = 'true' }] of Object.entries(SANDBOXES)) {
  stockTest(`with mounts, a program sees of /sys what ip netns exec shows it: ${where}`, (t) => {
    const run = (command: readonly string[]) => {
      const inner = [...unshared(flags, prepare), ...command]
      const [program = '', ...args] = [...unshared('-m', outer), ...inner]
      const { status, stdout, stderr } = spawnSync(program, args, {
        encoding: 'utf8',
        env: stockEnv,
        timeout: TIMEOUT_MS,
      })
      return { status, stdout, stderr }
    }
    const stock = run(['sh', '-c', `ip netns add x && exec ip netns exec x sh -c "$1"`, 'sh', LOOK])
    const ours = run([
      process.execPath,
      ...moduleArgs(`
        const netns = lib.Netns.create('x')
        const child = netns.spawn('sh', ['-c', ${JSON.stringify(LOOK)}], { mounts: true, stdio: 'inherit' })
        child.on('exit', (code) => { process.exitCode = code })`),
    ])
    if (stock.status === 0) t.deepEqual(ours, stock)
    else {
      t.is(ours.status, 126)
      t.regex(ours.stderr, /^rtnetlink: mount \/sys: EPERM: Operation not permitted: other mounts hide/)
      t.regex(stock.stderr, /^mount of \/sys failed: Operation not permitted/)
    }
  })
}
