import type { SpawnOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ArgumentError } from '../errors.js'

/** How a program inside is run, besides what `child_process` knows. */
export interface InsideOptions {
  /**
   * Gives the program mounts of its own, as `ip netns exec` does: /sys shows the namespace's links, and files below
   * /etc/netns/NAME stand for those in /etc (`resolv.conf`, `hosts`). Costs the start of another Node. A program that is
   * not found then ends with 127.
   */
  readonly mounts?: boolean | undefined
}

/** What the launcher is told. */
export interface Launch {
  readonly name: string | undefined
  readonly command: string
  readonly args: readonly string[]
  readonly argv0: string | undefined
  readonly uid: number | undefined
  readonly gid: number | undefined
  /** How many open files the program gets. */
  readonly files: number
}

const LAUNCHER = fileURLToPath(new URL('./launcher.js', import.meta.url))

/** Without a list there are three. */
const STANDARD_FILES = 3

/** What to spawn instead, so that the program gets mounts of its own. @throws ArgumentError */
export function viaLauncher(
  name: string | undefined,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): { command: string; args: string[]; options: SpawnOptions } {
  const { shell, argv0, uid, gid, ...rest } = options
  const { stdio } = rest
  if (Array.isArray(stdio) && stdio.includes('ipc')) {
    throw new ArgumentError('stdio', 'ipc', 'possible with mounts: the messages would reach the launcher')
  }
  const launch: Launch = {
    name,
    ...(shell
      ? { command: shell === true ? '/bin/sh' : shell, args: ['-c', [command, ...args].join(' ')] }
      : { command, args }),
    argv0,
    uid,
    gid,
    files: Array.isArray(stdio) ? Math.max(stdio.length, STANDARD_FILES) : STANDARD_FILES,
  }
  return { command: process.execPath, args: [LAUNCHER, JSON.stringify(launch)], options: rest }
}
