import type {
  ChildProcess,
  ChildProcessWithoutNullStreams,
  ExecFileOptions,
  SpawnOptions,
  SpawnOptionsWithoutStdio,
  spawn,
} from 'node:child_process'
import { ArgumentError } from '../errors.js'
import { assertBoolean, assertKnownKeys } from '../options.js'
import { type Command, viaLauncher } from './launch.js'
import { checkedStdio } from './stdio.js'

/** The option that this package adds to those of `child_process`. */
export interface InsideOptions {
  /**
   * Gives the program a mount namespace of its own, as `ip netns exec` does: /sys shows the links of the network
   * namespace, and the files of /etc/netns/NAME (`resolv.conf`, `hosts`) replace those of /etc. Costs the start of a
   * second Node process, which then executes the program. What it cannot do (mount, become the user, execute the
   * program as this user) it reports on standard error, and exits with status 126 or 127, as env(1) does.
   */
  readonly mounts?: boolean | undefined
}

/** The signatures of `child_process.spawn`, with `InsideOptions` as well. */
export type SpawnInside = typeof spawn & {
  (
    command: string,
    args: readonly string[],
    options: SpawnOptionsWithoutStdio & InsideOptions,
  ): ChildProcessWithoutNullStreams
  (command: string, args: readonly string[], options: SpawnOptions & InsideOptions): ChildProcess
}

// A record must list every key of its type, so a missing option does not compile.
const SPAWN_OPTIONS: Readonly<Record<keyof (SpawnOptions & InsideOptions), true>> = {
  argv0: true,
  cwd: true,
  detached: true,
  env: true,
  gid: true,
  killSignal: true,
  mounts: true,
  serialization: true,
  shell: true,
  signal: true,
  stdio: true,
  timeout: true,
  uid: true,
  windowsHide: true,
  windowsVerbatimArguments: true,
}

const EXEC_OPTIONS: Readonly<Record<keyof (ExecFileOptions & InsideOptions), true>> = {
  cwd: true,
  encoding: true,
  env: true,
  gid: true,
  killSignal: true,
  maxBuffer: true,
  mounts: true,
  shell: true,
  signal: true,
  timeout: true,
  uid: true,
  windowsHide: true,
  windowsVerbatimArguments: true,
}

export const SPAWN_KEYS = Object.keys(SPAWN_OPTIONS)
const EXEC_KEYS = Object.keys(EXEC_OPTIONS)

/**
 * What to pass to `child_process.spawn`.
 * @throws {@link ArgumentError} when there is no command, an option is unknown, or cannot be used with `mounts`, or an
 *   entry of `stdio` is not open
 */
export function spawnCommand(
  name: string | undefined,
  command: string,
  argsOrOptions: readonly string[] | (SpawnOptions & InsideOptions) | undefined,
  givenOptions: (SpawnOptions & InsideOptions) | undefined,
): Command {
  const args = isList(argsOrOptions) ? argsOrOptions : []
  const given = givenOptions ?? (isList(argsOrOptions) ? {} : (argsOrOptions ?? {}))
  assertKnownKeys(given, SPAWN_KEYS, 'options')
  return toCommand(name, command, args, given)
}

/**
 * What to pass to `child_process.execFile`.
 * @throws {@link ArgumentError} when there is no command, `args` is not an array, or an option or encoding is unknown
 */
export function execCommand(
  name: string | undefined,
  command: string,
  args: readonly string[],
  given: ExecFileOptions & InsideOptions,
): Command {
  assertArgs(args)
  assertKnownKeys(given, EXEC_KEYS, 'options')
  assertEncoding(given.encoding)
  return toCommand(name, command, args, given)
}

/** execFile would take any other value as `'buffer'`: a misspelt encoding would give bytes. */
function assertEncoding(encoding: unknown): void {
  const known = encoding === 'buffer' || (typeof encoding === 'string' && Buffer.isEncoding(encoding))
  if (known || encoding === undefined || encoding === null) return
  throw new ArgumentError(
    'options.encoding',
    encoding,
    "an encoding of Buffer such as 'latin1', 'buffer', or null",
  )
}

/** @throws {@link ArgumentError} when the value cannot name a program */
export function assertCommand(command: string): void {
  if (typeof command === 'string' && command !== '') return
  throw new ArgumentError('command', command, 'the name or the path of a program')
}

/** @throws {@link ArgumentError} when the value is not an array */
export function assertArgs(args: readonly string[]): void {
  if (!isList(args)) throw new ArgumentError('args', args, 'an array of arguments for the program')
}

function toCommand(
  name: string | undefined,
  command: string,
  args: readonly string[],
  given: SpawnOptions & InsideOptions,
): Command {
  const { mounts, ...others } = given
  const options = 'stdio' in others ? { ...others, stdio: checkedStdio(others.stdio) } : others
  assertBoolean('options.mounts', mounts)
  assertCommand(command)
  // execve(2) would end each text at its NUL.
  for (const [argument, text] of Object.entries({ command, ...args, argv0: options.argv0 })) {
    if (typeof text === 'string' && text.includes('\0')) {
      throw new ArgumentError(argument in args ? `args[${argument}]` : argument, text, 'text without NUL')
    }
  }
  return mounts ? viaLauncher(name, { command, args, options }) : { command, args, options }
}

const isList = (value: unknown): value is readonly string[] => Array.isArray(value)
