import { ArgumentError } from '../errors.js'
import { assertFunction } from '../options.js'

/**
 * `unknown` for functions that return a value at once; a type that nothing is assignable to for those that return a
 * promise.
 */
export type Synchronous<T> = [T] extends [never]
  ? unknown
  : T extends PromiseLike<unknown>
    ? AsyncFunctionRefused
    : unknown

/** The compile-time error for a function that returns a promise. */
export interface AsyncFunctionRefused {
  readonly 'run takes a synchronous function: what follows an await would run outside': never
}

/**
 * Calls a synchronous function through `run`.
 * @throws {@link ArgumentError} when it is an async function, before it is called, or when it returns a promise
 */
export function callSynchronously<T>(act: () => T, run: (act: () => T) => T): T {
  assertFunction(act, 'act')
  if (isAsync(act)) throw asyncRefused()
  const result = run(act)
  if (isPromise(result)) {
    // The caller gets an error instead of the promise, so its rejection would be unhandled.
    result.then(undefined, () => {})
    throw asyncRefused()
  }
  return result
}

function isAsync(act: () => unknown): boolean {
  return /^Async(Generator)?Function$/.test(act.constructor.name)
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null)?.then === 'function'
}

function asyncRefused(): ArgumentError {
  return new ArgumentError(
    'act',
    'an async function',
    'a synchronous function',
    'act must be a synchronous function: what follows an await would run outside the namespace',
  )
}
