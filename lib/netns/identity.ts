import { fstatSync } from 'node:fs'

/** Identifies a network namespace for as long as it exists: the device and inode of its file in nsfs. */
export interface NetnsIdentity {
  readonly dev: bigint
  readonly ino: bigint
}

/** The identity of the namespace that an open file refers to. ioctl_ns(2) */
export function identityOf(fd: number): NetnsIdentity {
  const { dev, ino } = fstatSync(fd, { bigint: true })
  return { dev, ino }
}

export const isSameNetns = (a: NetnsIdentity, b: NetnsIdentity): boolean => a.dev === b.dev && a.ino === b.ino
