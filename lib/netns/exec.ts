import { type ExecFileOptions, execFile, type PromiseWithChild } from 'node:child_process'
import { promisify } from 'node:util'
import { closeOthersOnExec } from '../ffi/close-on-exec.js'
import type { RunInside } from './enter.js'
import { execCommand, type InsideOptions } from './spawn.js'

/** What a program wrote: text, or bytes where `encoding` is `'buffer'` or null. */
export interface Output<T extends string | Buffer = string> {
  readonly stdout: T
  readonly stderr: T
}

/** The options of `child_process.execFile` that decide whether its output is text or bytes. */
export type TextOptions = ExecFileOptions & InsideOptions & { readonly encoding?: BufferEncoding | undefined }
export type BytesOptions = ExecFileOptions & InsideOptions & { readonly encoding: 'buffer' | null }

type ExecError = Error & { cmd?: string }

/** `child_process.execFile` as a promise, with the program inside the namespace. */
export function execInside(
  run: RunInside,
  name: string | undefined,
  command: string,
  args: readonly string[],
  options: ExecFileOptions & InsideOptions,
): PromiseWithChild<Output<string | Buffer>> {
  try {
    const start = execCommand(name, command, args, options)
    const running = run(() => {
      closeOthersOnExec()
      // Given undefined, execFile would return bytes.
      const { encoding = 'utf8', ...others } = start.options as ExecFileOptions
      const fileOptions = { ...others, encoding }
      return promisify(execFile)(start.command, start.args, fileOptions)
    })
    const output = running.catch((error: ExecError) => {
      const { signal } = options
      if (signal?.aborted && error.name === 'AbortError') throw signal.reason
      nameCommand(error, [start.command, ...start.args].join(' '), [command, ...args].join(' '))
      throw error
    })
    return Object.assign(output, { child: Object.assign(running.child, start.shown) })
  } catch (error) {
    // Nothing was started: there is no child.
    return Object.assign(Promise.reject(error), { child: undefined as never })
  }
}

/** Has an error name the command that was given, not the launcher's. */
function nameCommand(error: ExecError, started: string, given: string): void {
  if (started === given || error.cmd !== started) return
  error.cmd = given
  error.message = error.message.replace(started, () => given)
  error.stack = error.stack?.replace(started, () => given) ?? ''
}
