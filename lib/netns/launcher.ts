/**
 * Runs as a process of its own, started inside a network namespace: makes a mount namespace as `ip netns exec` does,
 * then executes the program. Its last argument is a `Launch` in JSON.
 */

import { accessSync, constants, writeSync } from 'node:fs'
import { join } from 'node:path'
import { errno } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { bindOver, execute, keepOpen, mountOwnSys, unshareMounts } from '../ffi/exec.js'
import { namesIn } from '../path.js'
import { ETC_NETNS } from './etc.js'
import type { Launch } from './launch.js'

/* Exit statuses of env(1) and of shells for a program that is missing, or cannot be executed. */
const NOT_FOUND = 127
const NOT_EXECUTABLE = 126
const { ENOENT } = errno
const STDERR = 2

function fail(message: string, status: number): never {
  writeSync(STDERR, `rtnetlink: ${message}\n`)
  process.exit(status)
}

/** Mounts each file of /etc/netns/NAME over the file of the same name in /etc. ip-netns(8) */
function bindEtcFiles(name: string): void {
  const folder = join(ETC_NETNS, name)
  let files: string[]
  try {
    files = namesIn(folder)
  } catch {
    return
  }
  for (const file of files) {
    try {
      bindOver(join(folder, file), join('/etc', file))
    } catch (error) {
      // /etc may lack the file. `ip netns exec` also reports this and continues.
      writeSync(STDERR, `rtnetlink: ${(error as Error).message}\n`)
    }
  }
}

/** The path of a program, searched in PATH unless it has a slash. exec(3) */
function locate(command: string): string {
  if (command.includes('/')) return command
  for (const folder of (process.env['PATH'] ?? '/bin:/usr/bin').split(':')) {
    const path = join(folder || '.', command)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Missing or not executable: try the next folder.
    }
  }
  return fail(`${command}: not found`, NOT_FOUND)
}

const { name, command, args, argv0, uid, gid, fileCount } = JSON.parse(process.argv.at(-1) ?? '') as Launch
try {
  unshareMounts()
  mountOwnSys()
  if (name !== undefined) bindEtcFiles(name)
} catch (error) {
  fail((error as Error).message, NOT_EXECUTABLE)
}
if (gid !== undefined) {
  process.setgroups?.([])
  process.setgid?.(gid)
}
if (uid !== undefined) process.setuid?.(uid)
for (let fd = 0; fd < fileCount; fd++) keepOpen(fd)
const failure = execute(locate(command), [argv0 ?? command, ...args], process.env)
fail(new SystemError('execve', failure, command).message, failure === ENOENT ? NOT_FOUND : NOT_EXECUTABLE)
