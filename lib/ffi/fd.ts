import { SystemError } from '../errors.js'
import { lastErrno, libc } from './libc.js'

declare const fdBrand: unique symbol
/** An open file descriptor. Branded, so that passing any other number does not compile. */
export type Fd = number & { readonly [fdBrand]: true }

const O_CLOEXEC = 0o2000000

/**
 * Opens a file for reading, with O_CLOEXEC.
 * @throws {@link SystemError} when open(2) fails
 */
export function openReadOnly(path: string): Fd {
  const fd = libc().open(path, O_CLOEXEC, 0)
  if (fd < 0) throw new SystemError('open', lastErrno(), path)
  return fd as Fd
}

/** @throws {@link SystemError} `EBADF` when it is closed already */
export function closeFd(fd: Fd): void {
  if (libc().close(fd) < 0) throw new SystemError('close', lastErrno(), String(fd))
}
