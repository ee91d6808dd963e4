import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ArgumentError } from '../errors.js'
import { assertInteger } from '../options.js'
import { VARIABLE_PREFIX } from './defaults.js'

/** What the launcher gets as its first argument, in JSON. The program and its arguments follow as they are. */
export interface Launch {
  /** The namespace's name, for the files of /etc/netns/NAME. */
  readonly name: string | undefined
  readonly argv0: string | undefined
  readonly uid: number | undefined
  readonly gid: number | undefined
  /** The fds that the program gets. */
  readonly files: readonly number[]
}

/** A program to spawn, with options for `child_process`. */
export interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly options: SpawnOptions
  /** What the `ChildProcess` says that it runs, where that is not `command`. */
  readonly shown?: Readonly<Pick<ChildProcess, 'spawnfile' | 'spawnargs'>> | undefined
}

const LAUNCHER = fileURLToPath(new URL('./launcher.js', import.meta.url))

/**
 * The options with which Node starts the launcher. At its start, Node has SIGUSR1 blocked, until it takes the signal for
 * the inspector, which would listen on a port of the program's namespace. With these options it stays blocked, and thus
 * pending until the launcher executes the program. Node 20 has no option for that; there, `--test` makes no inspector, and
 * modules of `--require` are loaded before it looks for tests, which the launcher never lets it do.
 */
const NODE_OPTIONS = process.allowedNodeEnvironmentFlags.has('--disable-sigusr1')
  ? ['--no-warnings', '--disable-sigusr1']
  : process.version.startsWith('v20.')
    ? ['--no-warnings', '--test', '--require', LAUNCHER, '--']
    : ['--no-warnings']

/** Standard input, output and error: what a child has when `stdio` is not an array. */
export const STANDARD_FILE_COUNT = 3
/** What is searched without PATH by musl; glibc's folders are a part of it. exec(3) */
const DEFAULT_PATH = '/usr/local/bin:/bin:/usr/bin'
/* The range of ids that child_process takes. */
const ID_MIN = -0x80000000
const ID_MAX = 0x7fffffff
/** The one id that no user and no group has: EINVAL. setuid(2) */
const NO_ID = -1

/**
 * The command that starts a program through the launcher, which gives it a mount namespace of its own. A program that
 * is missing, or a folder to start it in, or an impossible id, gives the command itself: `child_process` then fails as it does without
 * mounts.
 * @throws {@link ArgumentError} when `stdio` has an IPC channel, a user or group id is no integer, or a variable has a
 *   NUL
 */
export function viaLauncher(name: string | undefined, given: Command): Command {
  const { shell, argv0, uid, gid, env: givenEnv, ...others } = given.options
  const { stdio } = others
  if (Array.isArray(stdio) && stdio.includes('ipc')) {
    throw new ArgumentError(
      'stdio',
      stdio,
      'without "ipc" when mounts is true',
      'stdio must not contain "ipc" when mounts is true: the launcher would receive the messages',
    )
  }
  for (const [argument, id] of Object.entries({ uid, gid })) {
    if (id !== undefined && id !== null) assertInteger(`options.${argument}`, id, ID_MIN, ID_MAX)
  }
  const env = variablesOf(givenEnv)
  const { command, args } = shell
    ? {
        command: shell === true ? '/bin/sh' : shell,
        args: ['-c', [given.command, ...given.args].join(' ')],
      }
    : given
  if (uid === NO_ID || gid === NO_ID || !canStart(command, env['PATH'], pathOf(others.cwd))) return given
  const launch: Launch = { name, argv0, uid: unsigned(uid), gid: unsigned(gid), files: filesOf(stdio) }
  return {
    command: process.execPath,
    args: [...NODE_OPTIONS, LAUNCHER, JSON.stringify(launch), command, ...args],
    options: { ...others, env: launcherEnv(env) },
    shown: { spawnfile: command, spawnargs: [argv0 ?? command, ...args] },
  }
}

/** An id as `process.setuid` takes it: `child_process` also takes those above 0x7fffffff, as negative numbers. */
const unsigned = (id: number | null | undefined) => (id === undefined || id === null ? undefined : id >>> 0)

/** The variables that `child_process` would give to the program. */
function variablesOf(given: NodeJS.ProcessEnv | undefined): Record<string, string> {
  const env: Record<string, string> = Object.create(null)
  // Not Object.entries: `child_process` takes inherited ones as well.
  for (const name in given ?? process.env) {
    const value: unknown = (given ?? process.env)[name]
    if (value === undefined) continue
    const text = String(value)
    // execve(2) would end the variable at its NUL.
    if (name.includes('\0') || text.includes('\0')) {
      throw new ArgumentError(`options.env.${name}`, text, 'a variable without NUL')
    }
    env[name] = text
  }
  const coverage = process.env['NODE_V8_COVERAGE']
  if (coverage && given && !Object.hasOwn(given, 'NODE_V8_COVERAGE')) env['NODE_V8_COVERAGE'] = coverage
  return env
}

function launcherEnv(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const prefixed = Object.entries(env).map(([name, value]) => [`${VARIABLE_PREFIX}${name}`, value])
  return {
    ...Object.fromEntries(prefixed),
    // The launcher is this same Node, and may need the same libraries.
    LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'],
    // `child_process` adds it otherwise.
    NODE_V8_COVERAGE: undefined,
  }
}

/** The fds that a child has: `child_process` leaves those out that are ignored, but for the standard ones. */
function filesOf(stdio: SpawnOptions['stdio']): number[] {
  const entries: readonly unknown[] = Array.isArray(stdio) ? stdio : []
  const count = Math.max(entries.length, STANDARD_FILE_COUNT)
  return Array.from({ length: count }, (_, fd) => fd).filter(
    (fd) => fd < STANDARD_FILE_COUNT || (entries[fd] ?? 'ignore') !== 'ignore',
  )
}

const pathOf = (cwd: string | URL | undefined) =>
  cwd instanceof URL ? fileURLToPath(cwd) : (cwd ?? undefined)

/**
 * Whether execvp(3) would find the program from this folder. The user that it runs as may still have no right to
 * execute it.
 */
function canStart(command: string, path: string | undefined, cwd = '.'): boolean {
  // access(2) checks for the real user: what it denies could be executed, and would be without mounts of its own.
  if (process.getuid?.() !== process.geteuid?.()) return true
  if (!isFolder(cwd)) return false
  if (command.includes('/')) return isProgram(cwd, command)
  return (path ?? DEFAULT_PATH).split(':').some((folder) => isProgram(cwd, folder || '.', command))
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function isProgram(...parts: string[]): boolean {
  // Not `resolve`, which leaves out what is before "..", even if it does not exist.
  const path = parts.reduce((base, part) => (part.startsWith('/') ? part : `${base}/${part}`))
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
