import { brand, errorGuard, inspect, RtnetlinkError } from '../protocol/errors.js'
import { describeErrno, errnoName } from '../protocol/index.js'

/** An argument is invalid; nothing was done. */
export class ArgumentError extends TypeError {
  override readonly name = 'ArgumentError'
  readonly code = 'ERR_NETLINK_ARGUMENT'
  /** The argument's name, with its path where it is within another: `peer.netns`. */
  readonly argument: string
  /** The given value. */
  readonly value: unknown
  /** What a valid argument is. */
  readonly expected: string

  static {
    brand(ArgumentError)
  }

  /** @param message for a text that does not fit "`argument` must be `expected`, got `value`" */
  constructor(
    argument: string,
    value: unknown,
    expected: string,
    message = `${argument} must be ${expected}, got ${inspect(value)}`,
  ) {
    super(message)
    this.argument = argument
    this.value = value
    this.expected = expected
  }
}

export const isArgumentError = errorGuard<ArgumentError>('ArgumentError')

/** A system call failed. */
export class SystemError extends RtnetlinkError {
  override readonly name = 'SystemError'
  /** The error number's name: `'ENOENT'`. */
  readonly code: string
  readonly errno: number
  /** The system call: `'setns'`. */
  readonly syscall: string

  /**
   * @param subject the object of the call: a name, a path
   * @param hint how to solve it, in place of the error number's text
   */
  constructor(syscall: string, errno: number, subject?: string, hint?: string, options?: ErrorOptions) {
    const code = errnoName(errno)
    const call = subject === undefined ? syscall : `${syscall} ${subject}`
    super(`${call}: ${code}: ${hint ?? describeErrno(errno)}`, options)
    this.code = code
    this.errno = errno
    this.syscall = syscall
  }
}

export const isSystemError = errorGuard<SystemError>('SystemError')

/** There is no such link in the network namespace. */
export class LinkNotFoundError extends RtnetlinkError {
  override readonly name = 'LinkNotFoundError'
  readonly code = 'ENODEV'
  /** The name or the index that was looked for. */
  readonly link: string | number
  /** The argument that named it: `master`. */
  readonly argument: string

  constructor(argument: string, link: string | number, options?: ErrorOptions) {
    const which = typeof link === 'number' ? `index ${link}` : `the name ${JSON.stringify(link)}`
    super(`${argument}: ENODEV: no link has ${which} in this network namespace`, options)
    this.link = link
    this.argument = argument
  }
}

export const isLinkNotFoundError = errorGuard<LinkNotFoundError>('LinkNotFoundError')

/** This platform cannot run the library: it is not Linux, or its processor is not little-endian. */
export class UnsupportedPlatformError extends RtnetlinkError {
  override readonly name = 'UnsupportedPlatformError'
  readonly code = 'ERR_NETLINK_PLATFORM'

  /** @param platform what this platform is: `darwin on arm64 (LE)` */
  constructor(platform: string) {
    super(`rtnetlink needs Linux on a little-endian processor; this is ${platform}`)
  }
}

export const isUnsupportedPlatformError = errorGuard<UnsupportedPlatformError>('UnsupportedPlatformError')
