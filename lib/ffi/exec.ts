import { SystemError } from '../errors.js'
import { lastErrno, libc } from './libc.js'
import { MNT_DETACH, MS_BIND, MS_REC, mount, unmount } from './mount.js'

/* include/uapi/linux/sched.h, include/uapi/linux/mount.h, include/uapi/asm-generic/ioctls.h, signal.h */
const CLONE_NEWNS = 0x20000
const MS_SLAVE = 0x80000
const FIONCLEX = 0x5450
const SIGPIPE = 13

/** Moves the calling thread, of a process that has no use for its others, into mounts of its own. @throws SystemError */
export function unshareMounts(): void {
  if (libc().unshare(CLONE_NEWNS) < 0) throw new SystemError('unshare', lastErrno(), 'a mount namespace')
  // What is mounted from now on is seen here only; what others mount still comes in.
  check(mount('', '/', MS_SLAVE | MS_REC), '/')
}

/** Mounts /sys anew, so that it shows the links of the thread's network namespace. @throws SystemError */
export function mountOwnSys(): void {
  try {
    unmount('/sys', MNT_DETACH)
  } catch {
    // It was not mounted: so much the better.
  }
  check(mount('sysfs', '/sys', 0, 'sysfs'), '/sys')
}

/** Has one file stand for another. @throws SystemError */
export function bindOver(source: string, target: string): void {
  check(mount(source, target, MS_BIND), target)
}

/** Leaves an open file to the program that comes. ioctl_tty(2): FIONCLEX */
export function keepOpen(fd: number): void {
  libc().ioctl(fd, FIONCLEX, null)
}

/** Becomes another program. Comes back only to say why it did not. @returns the errno */
export function execute(path: string, argv: readonly string[], env: NodeJS.ProcessEnv): number {
  // Node ignores it; programs expect to die of it.
  libc().signal(SIGPIPE, null)
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  libc().execve(path, [...argv, null], [...variables, null])
  return lastErrno()
}

function check(errno: number, subject: string): void {
  if (errno !== 0) throw new SystemError('mount', errno, subject)
}
