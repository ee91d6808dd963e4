import { spawnSync } from 'node:child_process'
import { toolTest } from '../../helpers/needs.js'
import { TIMEOUT_MS } from '../../helpers/program.js'

toolTest('strace')('processes that create their first names at once mount the directory once', (t) => {
  const library = JSON.stringify(new URL('../../../lib/index.js', import.meta.url).href)
  const script = `
    import { Netns } from ${library}
    // All of them start together.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(process.argv[1]) - Date.now())
    Netns.create('x' + process.pid).close()`
  // Each mount(2) is delayed, so that all find that the directory is no mount point.
  const all = `mount -t tmpfs tmpfs /run && at=$("$0" -p 'Date.now() + 3000') || exit 1
    for i in 1 2 3; do
      strace -f -qq -o /dev/null -e inject=mount:delay_enter=100000 "$0" --input-type=module -e "$1" $at &
    done; wait
    grep -c ' /netns /run/netns ' /proc/self/mountinfo; ls /run/netns | wc -l; grep -c ' /run/netns/x' /proc/self/mountinfo`
  const run = spawnSync('unshare', ['-m', 'sh', '-c', all, process.execPath, script], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  })
  t.is(run.stderr, '')
  t.is(run.stdout, '1\n3\n3\n')
})
