import { SystemError } from '../errors.js'
import { cString } from './c-string.js'
import { lastErrno, libc } from './libc.js'

/* include/uapi/linux/mount.h, include/linux/fs.h (umount2(2)) */
export const MS_RDONLY = 1
export const MS_BIND = 0x1000
export const MS_REC = 0x4000
export const MS_SHARED = 0x100000
export const MNT_DETACH = 2
export const UMOUNT_NOFOLLOW = 8

/** mount(2). Returns 0 or the errno. */
export function mount(source: string, target: string, flags: number, type = 'none'): number {
  return libc().mount(cString(source), cString(target), cString(type), flags, null) < 0 ? lastErrno() : 0
}

/**
 * umount2(2)
 * @throws {@link SystemError} `EINVAL` when the target is not a mount point
 */
export function unmount(target: string, flags: number): void {
  if (libc().umount2(cString(target), flags) < 0) throw new SystemError('umount2', lastErrno(), target)
}
