import type { SpawnOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ArgumentError } from '../errors.js'

/** What the launcher gets as its argument, in JSON. */
export interface Launch {
  /** The namespace's name, for the files of /etc/netns/NAME. */
  readonly name: string | undefined
  readonly command: string
  readonly args: readonly string[]
  readonly argv0: string | undefined
  readonly uid: number | undefined
  readonly gid: number | undefined
  /** The program gets the fds from 0 up to this number, exclusive. */
  readonly fileCount: number
}

/** A program to spawn, with options for `child_process`. */
export interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly options: SpawnOptions
}

const LAUNCHER = fileURLToPath(new URL('./launcher.js', import.meta.url))

/** Standard input, output and error: what a child has when `stdio` is not an array. */
export const STANDARD_FILE_COUNT = 3

/**
 * The command that starts a program through the launcher, which gives it a mount namespace of its own.
 * @throws {@link ArgumentError} when `stdio` has an IPC channel, or a text has a NUL
 */
export function viaLauncher(name: string | undefined, { command, args, options }: Command): Command {
  const { shell, argv0, uid, gid, ...others } = options
  const { stdio } = others
  if (Array.isArray(stdio) && stdio.includes('ipc')) {
    throw new ArgumentError(
      'stdio',
      stdio,
      'without "ipc" when mounts is true',
      'stdio must not contain "ipc" when mounts is true: the launcher would receive the messages',
    )
  }
  // Node checks this for what it starts itself. execve(2) would end each text at its NUL.
  for (const [argument, text] of Object.entries({ command, ...args, argv0 })) {
    if (typeof text === 'string' && text.includes('\0')) {
      throw new ArgumentError(argument in args ? `args[${argument}]` : argument, text, 'text without NUL')
    }
  }
  const launch: Launch = {
    name,
    ...(shell
      ? { command: shell === true ? '/bin/sh' : shell, args: ['-c', [command, ...args].join(' ')] }
      : { command, args }),
    argv0,
    uid,
    gid,
    fileCount: Array.isArray(stdio) ? Math.max(stdio.length, STANDARD_FILE_COUNT) : STANDARD_FILE_COUNT,
  }
  return { command: process.execPath, args: [LAUNCHER, JSON.stringify(launch)], options: others }
}
