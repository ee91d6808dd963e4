import { readdirSync } from 'node:fs'
import { libc } from './libc.js'

/* include/uapi/asm-generic/unistd.h: new system calls have one number on all processors. include/uapi/linux/close_range.h */
const SYS_CLOSE_RANGE = 436
const CLOSE_RANGE_CLOEXEC = 4
/* include/uapi/asm-generic/fcntl.h */
const F_SETFD = 2
const FD_CLOEXEC = 1
const F_GETFL = 3
const F_SETFL = 4
const O_NONBLOCK = 0o4000

/** The first file descriptor after standard input, output and error. */
const FIRST = 3
const UINT_MAX = 0xffff_ffff

/**
 * Marks all file descriptors but standard input, output and error as close-on-exec: children get only those that `stdio`
 * hands over, since libuv clears the mark of these in the child.
 *
 * Node's own are marked when they are made, and at its start Node marks those that it has inherited, up to the first
 * number from 16 on that is not open. The marks stay: to take them away after the child was started would race with
 * other threads, which start children and reuse the numbers of closed files.
 */
export function closeOthersOnExec(): void {
  if (libc().syscall(SYS_CLOSE_RANGE, FIRST, UINT_MAX, CLOSE_RANGE_CLOEXEC) === 0) return
  // Linux before 5.11 has no such call, and the seccomp filters of that time forbid it.
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    // The file that read this folder is closed by now: EBADF.
    if (fd >= FIRST) libc().fcntl(fd, F_SETFD, FD_CLOEXEC)
  }
}

/**
 * Keeps a file open across exec. Standard files block, as libuv has them in children: Node's streams for them, which it
 * may have made at its start, have cleared that.
 */
export function keepOpen(fd: number): void {
  libc().fcntl(fd, F_SETFD, 0)
  if (fd < FIRST) libc().fcntl(fd, F_SETFL, libc().fcntl(fd, F_GETFL, 0) & ~O_NONBLOCK)
}
