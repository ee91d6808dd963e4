/** How a value reads in an error message: short, on one line, and telling its type. */
export function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  let text: string
  try {
    text = JSON.stringify(value) ?? String(value)
  } catch {
    text = String(value)
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** Something that lies at a path within a message, such as `linkinfo.data.id`. */
abstract class CodecError extends Error {
  /** Where in the message, outermost first: `['linkinfo', 'data', 'id']`. */
  readonly keys: string[] = []
  readonly #what: string

  constructor(what: string) {
    super(what)
    this.#what = what
  }

  /** The attribute's path as text: `linkinfo.data.id`, empty at the message itself. */
  get path(): string {
    return this.keys.join('.')
  }

  /** Says that the error happened inside `key`; each level adds its own on the way out. */
  within(key: string): this {
    this.keys.unshift(key)
    this.message = `${this.path}: ${this.#what}`
    return this
  }
}

/** A value that cannot be sent: out of range, too long, of the wrong type, or of an unknown name. */
export class EncodeError extends CodecError {
  override readonly name = 'EncodeError'
  readonly code = 'ERR_NETLINK_ENCODE'

  /** What was given. */
  readonly value: unknown
  /** What would have been right. */
  readonly expected: string

  constructor(value: unknown, expected: string, what = `${show(value)} is not ${expected}`) {
    super(what)
    this.value = value
    this.expected = expected
  }
}

/** Bytes that are not what the protocol says they are. */
export class DecodeError extends CodecError {
  override readonly name = 'DecodeError'
  readonly code = 'ERR_NETLINK_DECODE'
}

/** Runs the coding of one member, so that an error in it names the member. */
export function inside(error: unknown, key: string): unknown {
  return error instanceof EncodeError || error instanceof DecodeError ? error.within(key) : error
}
