import { readFileSync } from 'node:fs'
import { errno } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { privilegeHint } from '../privilege.js'
import { lastErrno, libc } from './libc.js'
import { MNT_DETACH, MS_BIND, MS_RDONLY, MS_REC, mount, unmount } from './mount.js'

/* include/uapi/linux/sched.h, include/uapi/linux/mount.h, signal.h */
const CLONE_NEWNS = 0x20000
const MS_SLAVE = 0x80000
const SIGKILL = 9
const SIGSTOP = 19
/* include/uapi/asm-generic/signal-defs.h; sigset_t of glibc and musl, empty when all bytes are 0 */
const SIG_SETMASK = 2
const SIGSET_SIZE = 128
/** Signals from this number on are those of real time, some of which the C library uses itself. */
const SIGRTMIN = 32

/**
 * Moves the calling thread into a new mount namespace. Only for a process that calls {@link execute} next: its other
 * threads stay in the old namespace until exec ends them.
 * @throws {@link SystemError} `EPERM` without CAP_SYS_ADMIN
 */
export function unshareMounts(): void {
  if (libc().unshare(CLONE_NEWNS) < 0) {
    const failure = lastErrno()
    const hint = failure === errno.EPERM ? privilegeHint() : undefined
    throw new SystemError('unshare', failure, 'a mount namespace', hint)
  }
  // Slave propagation: mounts of this process do not propagate outside, later mounts outside propagate here.
  throwUnlessMounted(mount('', '/', MS_SLAVE | MS_REC), '/')
}

/**
 * Mounts a new /sys, which shows the links of the thread's network namespace, as iproute2's netns_switch() does.
 * @param source what /proc/mounts shows as the source
 * @throws {@link SystemError} `EPERM` in a user namespace in which other mounts hide parts of /sys
 */
export function mountOwnSys(source: string): void {
  let flags = 0
  try {
    unmount('/sys', MNT_DETACH)
  } catch {
    // No mount point, or one of another user namespace, which stays below: a writable one cannot replace one that is
    // read-only there.
    if (isReadOnly('/sys')) flags = MS_RDONLY
  }
  const failure = mount(source, '/sys', flags, 'sysfs')
  if (failure === errno.EPERM) {
    throw new SystemError(
      'mount',
      failure,
      '/sys',
      'Operation not permitted: other mounts hide a part of /sys',
    )
  }
  throwUnlessMounted(failure, '/sys')
}

/** Whether the mount that a folder is, or otherwise the root, is read-only. proc_pid_mountinfo(5) */
function isReadOnly(folder: string): boolean {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
  const at = (path: string) => mounts.findLast(([, , , , mountPoint]) => mountPoint === path)
  const found = at(folder) ?? at('/')
  // Its own options are the sixth field, those of the file system the last one.
  return [found?.[5], found?.at(-1)].some((options) => options?.split(',').includes('ro'))
}

/**
 * Mounts `source` over `target`.
 * @throws {@link SystemError} `ENOENT` when one of the files does not exist
 */
export function bindOver(source: string, target: string): void {
  throwUnlessMounted(mount(source, target, MS_BIND), target)
}

/**
 * Replaces this process by another program, searched in this process's PATH. exec(3)
 * @param env each variable as `NAME=value`
 * @returns the errno; returns only on failure
 */
export function execute(command: string, argv: readonly string[], env: readonly string[]): number {
  // Node ignores some signals, and ignored ones stay ignored across exec. NULL is SIG_DFL.
  for (let signal = 1; signal < SIGRTMIN; signal++) {
    if (signal !== SIGKILL && signal !== SIGSTOP) libc().signal(signal, null)
  }
  // A signal that has come since the process was started takes effect now, on what is the program already.
  libc().sigprocmask(SIG_SETMASK, new Uint8Array(SIGSET_SIZE), null)
  libc().execvpe(command, [...argv, null], [...env, null])
  return lastErrno()
}

function throwUnlessMounted(errno: number, subject: string): void {
  if (errno !== 0) throw new SystemError('mount', errno, subject)
}
