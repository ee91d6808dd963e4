/** Marks every error of this package, across copies of it: `instanceof` compares classes, and each copy has its own. */
const BRAND = Symbol.for('rtnetlink.error')

/**
 * The base of every error that this package throws. Each has a `name` and a `code`; if another error led to it, that
 * error is its `cause`.
 *
 * ```ts
 * if (error instanceof RtnetlinkError) console.error(error.code, error.message)
 * ```
 *
 * {@link BulkError} and {@link TransactionError} are `AggregateError`s, and {@link ArgumentError} is a `TypeError`, in
 * the prototype chain; `instanceof RtnetlinkError` is true for them as well.
 */
export abstract class RtnetlinkError extends Error {
  /** `'EEXIST'` where the kernel gave an error number, `'ERR_NETLINK_…'` otherwise. */
  abstract readonly code: string
}

// Subclasses inherit this method; for them it compares classes, as usual.
Object.defineProperty(RtnetlinkError, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    return this === RtnetlinkError
      ? isRtnetlinkError(value)
      : Function.prototype[Symbol.hasInstance].call(this as typeof RtnetlinkError, value)
  },
})
brand(RtnetlinkError)

/** Makes the instances of an error class count as {@link RtnetlinkError}, regardless of its base class. */
export function brand(errorClass: abstract new (...args: never[]) => Error): void {
  Object.defineProperty(errorClass.prototype, BRAND, { value: true })
}

/** Whether an error comes from this package: `instanceof RtnetlinkError` across copies of it. */
export function isRtnetlinkError(error: unknown): error is RtnetlinkError {
  return typeof error === 'object' && error !== null && BRAND in error
}

/**
 * Makes the guard of one error class. It goes by the class's name, so that it also recognizes errors that another copy
 * of this package threw.
 */
export function errorGuard<E extends Error & { readonly code: string }>(
  name: E['name'],
): (error: unknown, ...codes: readonly E['code'][]) => error is E {
  return (error, ...codes): error is E =>
    isRtnetlinkError(error) && error.name === name && (codes.length === 0 || codes.includes(error.code))
}

/** JSON has no bigints. */
const withBigints = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)

/** How a value reads in an error message: short, on one line, and showing its type. */
export function inspect(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  // JSON has no NaN and no infinities.
  if (typeof value === 'number') return String(value)
  if (value instanceof Uint8Array) return `${value.length} bytes`
  let text: string
  try {
    text = JSON.stringify(value, withBigints) ?? String(value)
  } catch {
    text = Object.prototype.toString.call(value)
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
