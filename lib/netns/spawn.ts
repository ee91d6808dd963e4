import type {
  ChildProcess,
  ChildProcessWithoutNullStreams,
  ExecFileOptions,
  SpawnOptions,
  SpawnOptionsWithoutStdio,
  spawn,
} from 'node:child_process'
import { assertBoolean, assertKnownKeys } from '../options.js'
import { type Command, viaLauncher } from './launch.js'

/** The option that this package adds to those of `child_process`. */
export interface InsideOptions {
  /**
   * Gives the program a mount namespace of its own, as `ip netns exec` does: /sys shows the links of the network
   * namespace, and the files of /etc/netns/NAME (`resolv.conf`, `hosts`) replace those of /etc. Costs the start of a
   * second Node process, which then executes the program; a program that is not found exits with status 127.
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
 * @throws {@link ArgumentError} when an option is unknown, or cannot be used with `mounts`
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
  const { mounts, ...options } = given
  assertBoolean('options.mounts', mounts)
  return mounts ? viaLauncher(name, { command, args, options }) : { command, args, options }
}

/**
 * What to pass to `child_process.execFile`.
 * @throws {@link ArgumentError} when an option is unknown
 */
export function execCommand(
  name: string | undefined,
  command: string,
  args: readonly string[],
  given: ExecFileOptions & InsideOptions,
): Command {
  assertKnownKeys(given, EXEC_KEYS, 'options')
  const { mounts, ...options } = given
  assertBoolean('options.mounts', mounts)
  return mounts ? viaLauncher(name, { command, args, options }) : { command, args, options }
}

const isList = (value: unknown): value is readonly string[] => Array.isArray(value)
