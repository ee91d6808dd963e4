import { SystemError } from './errors.js'

type NodeError = Error & { errno: number; syscall?: string; code?: string }

function isNodeError(error: unknown): error is NodeError {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).errno === 'number'
}

/**
 * Translates an error of `node:fs` into a {@link SystemError}, which keeps it as its `cause`. Other values are returned
 * unchanged.
 * @param hints explanations by error code, or functions that compose them, in place of the system's own text
 */
export function toSystemError(
  error: unknown,
  subject: string,
  hints: Readonly<Record<string, string | (() => string)>> = {},
): unknown {
  if (!isNodeError(error)) return error
  const { errno, syscall = 'open', code = '' } = error
  // Node's errno is negative.
  const hint = hints[code]
  const text = typeof hint === 'function' ? hint() : hint
  return new SystemError(syscall, Math.abs(errno), subject, text, { cause: error })
}
