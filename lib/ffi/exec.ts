import { SystemError } from '../errors.js'
import { lastErrno, libc } from './libc.js'
import { MNT_DETACH, MS_BIND, MS_REC, mount, unmount } from './mount.js'

/* include/uapi/linux/sched.h, include/uapi/linux/mount.h, include/uapi/asm-generic/ioctls.h, signal.h */
const CLONE_NEWNS = 0x20000
const MS_SLAVE = 0x80000
const FIONCLEX = 0x5450
const SIGPIPE = 13

/**
 * Moves the calling thread into a new mount namespace. Only for a process that calls {@link execute} next: its other
 * threads stay in the old namespace until exec ends them.
 * @throws {@link SystemError} `EPERM` without CAP_SYS_ADMIN
 */
export function unshareMounts(): void {
  if (libc().unshare(CLONE_NEWNS) < 0) throw new SystemError('unshare', lastErrno(), 'a mount namespace')
  // Slave propagation: mounts of this process do not propagate outside, later mounts outside propagate here.
  throwUnlessMounted(mount('', '/', MS_SLAVE | MS_REC), '/')
}

/**
 * Mounts a new /sys, which shows the links of the thread's network namespace.
 * @throws {@link SystemError} when mount(2) fails
 */
export function mountOwnSys(): void {
  try {
    unmount('/sys', MNT_DETACH)
  } catch {
    // Not a mount point: nothing to unmount.
  }
  throwUnlessMounted(mount('sysfs', '/sys', 0, 'sysfs'), '/sys')
}

/**
 * Mounts `source` over `target`.
 * @throws {@link SystemError} `ENOENT` when one of the files does not exist
 */
export function bindOver(source: string, target: string): void {
  throwUnlessMounted(mount(source, target, MS_BIND), target)
}

/** Keeps an fd open across exec. ioctl_tty(2): FIONCLEX */
export function keepOpen(fd: number): void {
  libc().ioctl(fd, FIONCLEX, null)
}

/**
 * Replaces this process by another program. execve(2)
 * @returns the errno; returns only on failure
 */
export function execute(path: string, argv: readonly string[], env: NodeJS.ProcessEnv): number {
  // Node ignores SIGPIPE, and an ignored signal stays ignored across exec. NULL is SIG_DFL.
  libc().signal(SIGPIPE, null)
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  libc().execve(path, [...argv, null], [...variables, null])
  return lastErrno()
}

function throwUnlessMounted(errno: number, subject: string): void {
  if (errno !== 0) throw new SystemError('mount', errno, subject)
}
