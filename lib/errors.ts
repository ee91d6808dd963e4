import { show } from '../protocol/codec/errors.js'
import { describeErrno, errnoName } from '../protocol/index.js'

/** An argument that cannot be right, said before anything is done. */
export class ArgumentError extends TypeError {
  override readonly name = 'ArgumentError'
  readonly code = 'ERR_NETLINK_ARGUMENT'
  /** The argument's name, with its path where it is within another: `peer.netns`. */
  readonly argument: string
  /** What was given. */
  readonly value: unknown
  /** What would have been right. */
  readonly expected: string

  constructor(argument: string, value: unknown, expected: string) {
    super(`${argument}: ${show(value)} is not ${expected}`)
    this.argument = argument
    this.value = value
    this.expected = expected
  }
}

/** A system call that failed. */
export class SystemError extends Error {
  override readonly name = 'SystemError'
  /** `'ENOENT'` and its kin. */
  readonly code: string
  readonly errno: number
  /** What was called. */
  readonly syscall: string

  /**
   * @param subject what it was called for: a name, a path
   * @param hint what can be done about it
   */
  constructor(syscall: string, errno: number, subject?: string, hint?: string) {
    const code = errnoName(errno)
    const about = subject === undefined ? syscall : `${syscall} ${subject}`
    super(`${about}: ${code}: ${hint ?? describeErrno(errno)}`)
    this.code = code
    this.errno = errno
    this.syscall = syscall
  }
}

/** What to do about EPERM; the same wherever it meets one. */
export const PRIVILEGE_HINT =
  'Operation not permitted (run as root, or in a user namespace of your own: unshare -Urnm)'
