import { errorGuard, inspect, RtnetlinkError } from '../errors.js'

/** An error at a path within a message, such as `linkinfo.data.id`. */
abstract class CodecError extends RtnetlinkError {
  /** Where in the message, outermost first: `['linkinfo', 'data', 'id']`. */
  readonly keys: string[] = []

  /** The attribute's path as text: `linkinfo.data.id`, empty at the message itself. */
  get path(): string {
    return this.keys.join('.')
  }

  /** Adds the key in which the error occurred; each level adds its own on the way out. */
  within(key: string): this {
    this.keys.unshift(key)
    this.message = this.describe(this.path)
    return this
  }

  protected abstract describe(path: string): string
}

/** A value that cannot be encoded: out of range, too long, of the wrong type, or of an unknown name. */
export class EncodeError extends CodecError {
  override readonly name = 'EncodeError'
  readonly code = 'ERR_NETLINK_ENCODE'

  /** The given value. */
  readonly value: unknown
  /** What a valid value is. */
  readonly expected: string
  readonly #what: string

  /** @param what completes a sentence that begins with the path, where "must be `expected`" does not fit */
  constructor(value: unknown, expected: string, what = `must be ${expected}, got ${inspect(value)}`) {
    super(`the value ${what}`)
    this.value = value
    this.expected = expected
    this.#what = what
  }

  protected override describe(path: string): string {
    return `${path} ${this.#what}`
  }
}

export const isEncodeError = errorGuard<EncodeError>('EncodeError')

/** Bytes that do not follow the protocol. */
export class DecodeError extends CodecError {
  override readonly name = 'DecodeError'
  readonly code = 'ERR_NETLINK_DECODE'
  readonly #what: string

  constructor(what: string) {
    super(what)
    this.#what = what
  }

  protected override describe(path: string): string {
    return `${path}: ${this.#what}`
  }
}

export const isDecodeError = errorGuard<DecodeError>('DecodeError')

/** Adds a key to the path of a codec's error; other errors pass unchanged. */
export function withPath(error: unknown, key: string): unknown {
  return error instanceof EncodeError || error instanceof DecodeError ? error.within(key) : error
}
