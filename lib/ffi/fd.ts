import { SystemError } from '../errors.js'
import { lastErrno, libc } from './libc.js'

declare const fdBrand: unique symbol
/** An open file descriptor: a number that no one should make up. */
export type Fd = number & { readonly [fdBrand]: true }

const O_CLOEXEC = 0o2000000

/** Opens for reading, closed on exec. @throws SystemError */
export function openReadOnly(path: string): Fd {
  const fd = libc().open(path, O_CLOEXEC, 0)
  if (fd < 0) throw new SystemError('open', lastErrno(), path)
  return fd as Fd
}

/** @throws SystemError, when it was closed already */
export function closeFd(fd: Fd): void {
  if (libc().close(fd) < 0) throw new SystemError('close', lastErrno(), String(fd))
}
